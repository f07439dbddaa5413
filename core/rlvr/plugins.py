"""Find, load and check the installed plugins, in three steps that each can fail for one plugin alone.

Finding reads entry points and imports nothing.
Loading imports one plugin's hook module and checks its hooks.
Checking makes one scorer and reads what it declares.
Pluggy's own entry-point loader is not used: one plugin's ImportError ends its discovery, and its message lacks the
distribution.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from types import MappingProxyType
from typing import Any, Protocol

import msgspec
import pluggy

from rlvr.errors import PluginClashError, PluginError, PluginLoadError, PluginMissingError, ScorerMissingError
from rlvr.hooks import ENTRY_POINT_GROUP, Hooks, Scorer, ScorerDeclarations, ScorerFactory, tupled
from rlvr.score import number_from

FIELD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}\Z")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
PLACE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
_DECLARATIONS = ("score_group", *ScorerDeclarations.__annotations__)
_HOOKS = tuple(name for name in vars(Hooks) if not name.startswith("_"))


class Loadable(Protocol):
    """What is needed of an entry point: its words, and its module."""

    @property
    def value(self) -> str:
        """The module that it names."""

    def load(self) -> Any:
        """Import the module."""


class FoundPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that an installed distribution announces; nothing of it is imported yet."""

    name: str
    distribution: str
    version: str
    entry_point: Loadable

    @property
    def display_name(self) -> str:
        """The distribution with its version, as errors name it."""
        return f"{self.distribution} {self.version}".strip()


class LoadedPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin whose hooks are imported and checked; its scorers are not made yet."""

    found: FoundPlugin
    module: Any
    factories: Mapping[str, str | ScorerFactory]


class InstalledScorer(msgspec.Struct, frozen=True, kw_only=True):
    """A scorer made and checked, with the distribution that answers for it."""

    id: str
    scorer: Scorer
    distribution: str
    version: str
    package: str = ""
    """The top-level package that the plugin's module is in; "" for one that is no file."""


def find(points: Iterable[EntryPoint] | None = None) -> Mapping[str, tuple[FoundPlugin, ...]]:
    """List the announced plugins by name, sorted; more than one of a name is a clash for whoever asks for it.

    Args:
        points: Entry points to read instead of those installed.
    """
    announced: dict[str, dict[str, FoundPlugin]] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP) if points is None else points:
        distribution = point.dist.name if point.dist else "an unknown distribution"
        version = point.dist.version if point.dist else ""
        found = FoundPlugin(name=point.name, distribution=distribution, version=version, entry_point=point)
        # The same distribution may be seen twice, as in a layer and beside the function: the first on the path wins.
        announced.setdefault(point.name, {}).setdefault(distribution, found)
    return MappingProxyType({name: tuple(announced[name].values()) for name in sorted(announced)})


class Registry:
    """The plugins of this process, loaded one by one when a suite names them.

    A broken plugin raises when it is asked for, and never touches the others.
    """

    def __init__(self, found: Mapping[str, tuple[FoundPlugin, ...]] | None = None) -> None:
        self.installed = found is None
        """Whether another process of this Python finds the same plugins."""
        self._found = find() if found is None else found
        self._manager = pluggy.PluginManager("rlvr")
        self._manager.add_hookspecs(Hooks)
        self._loaded: dict[str, LoadedPlugin] = {}
        self._scorers: dict[str, InstalledScorer] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the plugins that are announced, sorted; some may be broken."""
        return tuple(self._found)

    def announced(self, name: str) -> tuple[FoundPlugin, ...]:
        """Return what is announced under a name; empty if nothing is."""
        return self._found.get(name, ())

    def plugin(self, name: str) -> LoadedPlugin:
        """Load a plugin by its name, once.

        Raises:
            PluginMissingError: No installed distribution announces it.
            PluginClashError: Several do.
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
        """Make and check a scorer by its id ``<plugin>.<scorer>``, once.

        Raises:
            PluginError: Its plugin is missing, clashing or broken, or offers no such scorer.
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
                scorer=_make(factory, scorer_id, plugin.found),
                distribution=plugin.found.distribution,
                version=plugin.found.version,
                package=plugin.found.entry_point.value.partition(":")[0].partition(".")[0],
            )
        return self._scorers[scorer_id]

    def scorer_ids(self) -> tuple[str, ...]:
        """Return the ids of all scorers of all plugins that load, sorted; broken plugins are passed over."""
        ids: list[str] = []
        for name in self.names:
            try:
                ids.extend(f"{name}.{short}" for short in self.plugin(name).factories)
            except PluginError:
                continue
        return tuple(sorted(ids))

    def batch_finished(self, report: Any) -> list[str]:
        """Tell the loaded plugins of a finished batch; returns what went wrong, a line per plugin."""
        problems = []
        for implementation in self._manager.hook.batch_finished.get_hookimpls():
            try:
                implementation.function(report=report)
            except Exception as error:  # noqa: BLE001  # an observer must not cost the batch its rewards
                problems.append(f"plugin '{implementation.plugin_name}': batch_finished raised {_text_of(error)}")
        return problems

    def doctor(self, name: str) -> Mapping[str, str]:
        """What a plugin finds about this machine; empty if it examines nothing.

        Raises:
            PluginError: The plugin is missing, clashing or broken.
        """
        self.plugin(name)
        for implementation in self._manager.hook.doctor.get_hookimpls():
            if implementation.plugin_name == name:
                return self._examined(implementation.function)
        return {}

    @staticmethod
    def _examined(examine: Callable[[], Any]) -> Mapping[str, str]:
        try:
            return {str(thing): str(state) for thing, state in examine().items()}
        except Exception as error:  # noqa: BLE001  # a stranger's code; that it breaks is the finding
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
        manager = pluggy.PluginManager("rlvr")  # a plugin with a misspelt hook must not stay among the good ones
        manager.add_hookspecs(Hooks)
        try:
            manager.register(module, name=found.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise _load_error(found, f"a hook is wrong: {error}", f"the hooks are: {', '.join(_HOOKS)}") from error
        factories = _offered(manager, found)
        self._manager.register(module, name=found.name)
        return LoadedPlugin(found=found, module=module, factories=factories)


def scorer_from(made: object) -> Scorer:
    """Read a scorer from what a factory made: a ``Scorer``, an object with ``score``, or a plain function.

    An object declares by attributes what ``Scorer`` declares by fields; a function takes ``(record, options)``.

    Raises:
        TypeError: It is none of these, or a declaration has the wrong type.
    """
    if not isinstance(made, Scorer):
        declared = {name: getattr(made, name) for name in _DECLARATIONS if hasattr(made, name)}
        score: Any = getattr(made, "score", None if "score_group" in declared else made)
        if not callable(score) and not callable(declared.get("score_group")):
            raise TypeError(f"{made!r} is neither callable nor has a method `score` or `score_group`")
        made = Scorer(score=score, **tupled(declared))
    _check_declarations(made)
    return made


def _check_declarations(scorer: Scorer) -> None:
    """Check declarations at run time: the author of a plugin may not use a type checker."""
    for function, shown in ((scorer.score, "(record, options)"), (scorer.score_group, "(records, options)")):
        if callable(function) and not _takes(function, 2):
            hint = "; a factory is called when the plugin is asked for its scorers, so give the scorer itself here"
            none = hint if _takes(function, 0) else ""
            raise TypeError(f"{function!r} does not take two arguments; a scorer takes {shown}{none}")
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
    budget = number_from(scorer.budget_seconds)
    if budget is None or not 0 < budget < math.inf:
        raise TypeError(f"`budget_seconds` is {scorer.budget_seconds!r}, not a positive number")
    concurrency: object = scorer.concurrency
    if not isinstance(concurrency, int) or concurrency < 1:
        raise TypeError(f"`concurrency` is {concurrency!r}, not a positive whole number")


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Return True if a function can be called with so many arguments by position, or does not say."""
    try:
        signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # some builtins have no signature
        return True
    return True


def _offered(manager: pluggy.PluginManager, found: FoundPlugin) -> Mapping[str, str | ScorerFactory]:
    """Ask a plugin for its scorers and check the shape of the answer."""
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
    """Return what a plugin offers in place of a scorer's place or factory; "" if it offers one of these."""
    if isinstance(offer, str):
        return "" if PLACE.match(offer) else f"the text {offer!r}, which is no place of a scorer"
    if isinstance(offer, Scorer) or hasattr(offer, "score") or hasattr(offer, "score_group"):
        return "" if isinstance(offer, type) else "the scorer itself"
    if not callable(offer):
        return f"{type(offer).__name__}, which makes no scorer"
    return "" if _takes(offer, 0) else "a function that takes arguments"


def _make(offer: str | ScorerFactory, scorer_id: str, found: FoundPlugin) -> Scorer:
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
