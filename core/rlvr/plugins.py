"""Find, load and check the installed plugins: three steps, each of which fails for one plugin alone.

To find them, entry points are read; nothing is imported.
To load a plugin, its hook module is imported and its hooks are checked.
To check a scorer, it is made and its declarations are read.
The entry-point loader of pluggy is not used: the ImportError of one plugin ends its discovery, and its message lacks
the distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from inspect import iscoroutinefunction, signature
from types import MappingProxyType
from typing import Any, Protocol

import msgspec
import pluggy

from rlvr.distributions import Announced, announced_in
from rlvr.errors import PluginClashError, PluginError, PluginLoadError, PluginMissingError, ScorerMissingError
from rlvr.hooks import ENTRY_POINT_GROUP, Hooks, Scorer, ScorerDeclarations, ScorerFactory, lists_to_tuples
from rlvr.patterns import lazy_pattern
from rlvr.record import Record
from rlvr.scores import number_from

FIELD = lazy_pattern(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}\Z")
NAME = lazy_pattern(r"[a-z][a-z0-9_]*\Z")
PLACE = lazy_pattern(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
_DECLARATIONS = ("score_group", *ScorerDeclarations.__annotations__)
_HOOKS = tuple(name for name in vars(Hooks) if not name.startswith("_"))


class Loadable(Protocol):
    """The part of an entry point that is used: its value, and its module."""

    @property
    def value(self) -> str:
        """The module, as text."""

    def load(self) -> Any:
        """Import the module."""


class FoundPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that an installed distribution announces; it is not imported yet."""

    name: str
    distribution: str
    version: str
    entry_point: Loadable

    @property
    def display_name(self) -> str:
        """The distribution and its version, as messages name it."""
        return f"{self.distribution} {self.version}".strip()


class LoadedPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin whose hooks are imported and checked; its scorers are not made yet."""

    found: FoundPlugin
    module: Any
    factories: Mapping[str, str | ScorerFactory]


class InstalledScorer(msgspec.Struct, frozen=True, kw_only=True):
    """A scorer that is made and checked, with its distribution."""

    id: str
    scorer: Scorer
    distribution: str
    version: str
    package: str = ""
    """The top-level package of the plugin's module; "" for a plugin without one, as in a test."""


def find(points: Iterable[Announced] | None = None) -> Mapping[str, tuple[FoundPlugin, ...]]:
    """Return the announced plugins by name, sorted; several under one name are an error when the name is used.

    Args:
        points: Entry points to read instead of the installed ones.
    """
    announced: dict[str, dict[str, FoundPlugin]] = {}
    for point in announced_in(ENTRY_POINT_GROUP) if points is None else points:
        distribution = point.distribution
        found = FoundPlugin(name=point.name, distribution=distribution, version=point.version, entry_point=point)
        announced.setdefault(point.name, {}).setdefault(distribution, found)
    return MappingProxyType({name: tuple(announced[name].values()) for name in sorted(announced)})


class Registry:
    """The plugins of this process; each is loaded when a suite names it.

    A broken plugin raises when it is named, and does not affect the others.
    """

    def __init__(self, found: Mapping[str, tuple[FoundPlugin, ...]] | None = None) -> None:
        self.installed = found is None
        """True if another process of this Python finds the same plugins."""
        self._found = find() if found is None else found
        self._manager = pluggy.PluginManager("rlvr")
        self._manager.add_hookspecs(Hooks)
        self._loaded: dict[str, LoadedPlugin] = {}
        self._scorers: dict[str, InstalledScorer] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the announced plugins, sorted; some may be broken."""
        return tuple(self._found)

    def plugins_named(self, name: str) -> tuple[FoundPlugin, ...]:
        """Return the plugins that are announced under a name; usually one, several if they clash, or none."""
        return self._found.get(name, ())

    def plugin(self, name: str) -> LoadedPlugin:
        """Return a plugin by its name; the first call loads it.

        Raises:
            PluginMissingError: No installed distribution announces it.
            PluginClashError: Several distributions announce it.
            PluginLoadError: Its import or its hooks are broken.
        """
        if name not in self._loaded:
            found = self._found.get(name, ())
            if not found:
                raise PluginMissingError(name, self.names)
            if len(found) > 1:
                raise PluginClashError(name, tuple(each.display_name for each in found))
            self._loaded[name] = self._load(found[0])
        return self._loaded[name]

    def scorer(self, scorer_id: str) -> InstalledScorer:
        """Return a scorer by its id ``<plugin>.<scorer>``; the first call makes and checks it.

        Raises:
            PluginError: Its plugin is missing, clashing or broken, or has no such scorer.
        """
        if scorer_id not in self._scorers:
            name, _, short = scorer_id.partition(".")
            plugin = self.plugin(name)
            factory = plugin.factories.get(short)
            if factory is None:
                offered = tuple(f"{name}.{each}" for each in plugin.factories)
                raise ScorerMissingError(scorer_id, plugin.found.display_name, offered)
            self._scorers[scorer_id] = InstalledScorer(
                id=scorer_id,
                scorer=_make_scorer(factory, scorer_id, plugin.found),
                distribution=plugin.found.distribution,
                version=plugin.found.version,
                package=plugin.found.entry_point.value.partition(":")[0].partition(".")[0],
            )
        return self._scorers[scorer_id]

    def scorer_ids(self) -> tuple[str, ...]:
        """Return the ids of all scorers of all plugins, sorted; plugins that cannot be loaded are left out."""
        ids: list[str] = []
        for name in self.names:
            try:
                ids.extend(f"{name}.{short}" for short in self.plugin(name).factories)
            except PluginError:
                continue
        return tuple(sorted(ids))

    def batch_finished(self, report: Any) -> list[str]:
        """Call the hook of the loaded plugins with a finished batch; return a line for each that raised."""
        problems = []
        for implementation in self._manager.hook.batch_finished.get_hookimpls():
            try:
                implementation.function(report=report)
            except Exception as error:  # noqa: BLE001  # an observer must not cost the batch its rewards
                problems.append(f"plugin '{implementation.plugin_name}': batch_finished raised {_text_of(error)}")
        return problems

    def honest(self, scorer_id: str, record: Record) -> tuple[str | Record, ...]:
        """Return what the plugin of a scorer offers as right answers to a record; empty for a function of the user."""
        return tuple(self._ask("honest", scorer_id, record) or ())

    def attacks(self, scorer_id: str, record: Record) -> Mapping[str, str | Record]:
        """Return the attacks of the plugin of a scorer on a record; empty for a function of the user."""
        return dict(self._ask("attacks", scorer_id, record) or {})

    def _ask(self, hook: str, scorer_id: str, record: Record) -> Any:
        """Call a hook of the loaded plugin of a scorer.

        Raises:
            PluginLoadError: The hook raised.
        """
        name, _, short = scorer_id.partition(".")
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if implementation.plugin_name == name:
                try:
                    return implementation.function(scorer=short, record=record)
                except Exception as error:
                    raise _load_error(self._found[name][0], f"its hook `{hook}` raised {_text_of(error)}") from error
        return None

    def doctor(self, name: str) -> Mapping[str, str]:
        """Return the findings of a plugin about this machine; empty if the plugin has no hook ``doctor``.

        Raises:
            PluginError: The plugin is missing, clashing or broken.
        """
        self.plugin(name)
        for implementation in self._manager.hook.doctor.get_hookimpls():
            if implementation.plugin_name == name:
                return self._examine(implementation.function)
        return {}

    @staticmethod
    def _examine(examine: Callable[[], Any]) -> Mapping[str, str]:
        try:
            return {str(thing): str(state) for thing, state in examine().items()}
        except Exception as error:  # noqa: BLE001  # third-party code; its exception is the finding
            return {"doctor": f"raised {_text_of(error)}"}

    def _load(self, found: FoundPlugin) -> LoadedPlugin:
        if not NAME.match(found.name):
            raise _load_error(found, "its entry point's name is not lower_case", "rename the entry point")
        try:
            module = found.entry_point.load()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise _load_error(found, f"importing {found.entry_point.value} raised {_text_of(error)}") from error
        manager = pluggy.PluginManager("rlvr")  # a plugin with a misspelt hook must not stay registered
        manager.add_hookspecs(Hooks)
        try:
            manager.register(module, name=found.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise _load_error(found, f"a hook is wrong: {error}", f"the hooks are: {', '.join(_HOOKS)}") from error
        factories = _factories_of(manager, found)
        self._manager.register(module, name=found.name)
        return LoadedPlugin(found=found, module=module, factories=factories)


def scorer_from(result: object) -> Scorer:
    """Return the scorer of the result of a factory: a ``Scorer``, an object with ``score``, or a plain function.

    The attributes of an object have the names of the fields of ``Scorer``; a function takes ``(record, options)``.

    Raises:
        TypeError: The result is none of these, or a declaration has the wrong type.
    """
    if not isinstance(result, Scorer):
        declared = {name: getattr(result, name) for name in _DECLARATIONS if hasattr(result, name)}
        score: Any = getattr(result, "score", None if "score_group" in declared else result)
        if not callable(score) and not callable(declared.get("score_group")):
            raise TypeError(f"{result!r} is neither callable nor has a method `score` or `score_group`")
        result = Scorer(score=score, **lists_to_tuples(declared))
    _check_declarations(result)
    return result


def _check_declarations(scorer: Scorer) -> None:
    """Check declarations at run time: the author of a plugin may not use a type checker."""
    for function, shown in ((scorer.score, "(record, options)"), (scorer.score_group, "(records, options)")):
        if callable(function) and not _accepts(function, 2):
            hint = "; a factory belongs in the hook `scorers` of a plugin, so give the scorer itself here"
            advice = hint if _accepts(function, 0) else ""
            raise TypeError(f"{function!r} does not take two arguments; a scorer takes {shown}{advice}")
    options: object = scorer.options
    if not (isinstance(options, type) and issubclass(options, msgspec.Struct)):
        raise TypeError(f"`options` is {options!r}, not a msgspec.Struct class")
    if not options.__struct_config__.frozen:
        raise TypeError(f"`options` {options.__name__} is not frozen; add frozen=True")
    if not callable(scorer.score) and not callable(scorer.score_group):
        raise TypeError("has neither `score` nor `score_group`")
    for name, value in (("needs", scorer.needs), ("reads", scorer.reads or ()), ("metrics", scorer.metrics)):
        names: object = value
        if not isinstance(names, tuple) or not all(isinstance(item, str) and FIELD.match(item) for item in names):
            raise TypeError(f"`{name}` is {names!r}, not a tuple of names of letters, digits, '_', '.', '/' and '-'")
    unknown = [name for name in scorer.totals if name not in scorer.metrics]
    if unknown:
        raise TypeError(f"`totals` has {', '.join(map(repr, unknown))}, which is not in `metrics`")
    _check_limits(scorer)


def _check_limits(scorer: Scorer) -> None:
    """Check what a scorer declares about its time and concurrency."""
    budget = number_from(scorer.budget_seconds)
    if budget is None or not 0 < budget < math.inf:
        raise TypeError(f"`budget_seconds` is {scorer.budget_seconds!r}, not a positive number")
    remainder = number_from(scorer.remainder_seconds)
    if remainder is None or not 0 <= remainder < math.inf:
        raise TypeError(f"`remainder_seconds` is {scorer.remainder_seconds!r}, not a number from 0")
    if remainder and (not scorer.bounded or scorer.score_group is not None or iscoroutinefunction(scorer.score)):
        raise TypeError("`remainder_seconds` is only for bounded scorers of single records that are not async")
    concurrency: object = scorer.concurrency
    if not isinstance(concurrency, int) or concurrency < 1:
        raise TypeError(f"`concurrency` is {concurrency!r}, not a positive whole number")
    costly: object = scorer.costly
    if not (isinstance(costly, bool) or callable(costly)):
        raise TypeError(f"`costly` is {costly!r}, neither true or false nor a function of the prepared options")
    if costly and scorer.score_group is not None:
        raise TypeError("`costly` is only for scorers of single records")


def _accepts(function: Callable[..., Any], count: int) -> bool:
    """Return True if a function accepts this number of positional arguments, or has no signature."""
    try:
        signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # some builtins have no signature
        return True
    return True


def _factories_of(manager: pluggy.PluginManager, found: FoundPlugin) -> Mapping[str, str | ScorerFactory]:
    """Call the hook ``scorers`` of a plugin and check its answer."""
    try:
        answers = manager.hook.scorers()
    except Exception as error:
        raise _load_error(found, f"its hook `scorers` raised {_text_of(error)}") from error
    if not answers and not any(hasattr(manager.get_plugin(found.name), name) for name in _HOOKS if name != "scorers"):
        raise _load_error(found, "implements no hook", "mark its function `scorers` with @rlvr.hookimpl")
    factories: object = answers[0] if answers else {}
    if not isinstance(factories, Mapping):
        raise _load_error(found, f"its hook `scorers` returned {type(factories).__name__}, not a mapping")
    for name, factory in factories.items():
        if not isinstance(name, str) or not NAME.match(name):
            raise _load_error(found, f"offers a scorer named {name!r}; names are lower_case")
        problem = _problem_of_offer(factory)
        if problem:
            hint = f"return its place, such as 'package.module:{name}', or a function that returns it: `lambda: {name}`"
            raise _load_error(found, f"offers '{name}' as {problem}", hint)
    return MappingProxyType(dict(factories))


def _problem_of_offer(offer: object) -> str:
    """Describe an offer that is neither the place nor the factory of a scorer; "" if it is one of them."""
    if isinstance(offer, str):
        return "" if PLACE.match(offer) else f"the text {offer!r}, which is not the place of a scorer"
    if isinstance(offer, Scorer) or hasattr(offer, "score") or hasattr(offer, "score_group"):
        return "" if isinstance(offer, type) else "the scorer itself"
    if not callable(offer):
        return f"{type(offer).__name__}, which is not a function"
    return "" if _accepts(offer, 0) else "a function that needs arguments"


def _make_scorer(offer: str | ScorerFactory, scorer_id: str, found: FoundPlugin) -> Scorer:
    """Import a scorer from its place, or call its factory, and check it."""
    try:
        if isinstance(offer, str):
            module, _, name = offer.partition(":")
            return scorer_from(getattr(import_module(module), name))
        return scorer_from(offer())
    except Exception as error:
        raise _load_error(found, f"making scorer '{scorer_id}' raised {_text_of(error)}") from error


def _load_error(found: FoundPlugin, problem: str, hint: str | None = None) -> PluginLoadError:
    hints: Sequence[str] = () if hint is None else (hint,)
    return PluginLoadError(found.name, found.display_name, problem, *hints)


def _text_of(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
