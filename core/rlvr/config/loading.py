"""Read a suite file, check every part of it against the installed scorers, and return the suite.

Every error names the file, the path in it and the expected value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, assert_never

import msgspec

from rlvr.config.format import (
    RESERVED_NAMES,
    UNHASHED_SECTIONS,
    CacheSection,
    EntrySection,
    FormulaSection,
    GateSection,
    Method,
    OtherwiseSection,
    ReadSection,
    RouteSection,
    SuiteSection,
    TaskSection,
    WhenSection,
    weight_use,
)
from rlvr.config.hints import UNKNOWN_FIELD, fields_in, hint_of
from rlvr.config.parsing import json_text_of, parse_text
from rlvr.config.routing import Route, suggestion
from rlvr.config.suite import OTHERWISE, Entry, Gate, Otherwise, Place, Suite, SuiteText, Task, When
from rlvr.config.transforms import highest_value, transform_from
from rlvr.errors import ConfigError, PluginError
from rlvr.files import SuiteFile, plain_option, read_regular_file
from rlvr.fingerprint import cache_key_of, fingerprint_of
from rlvr.foreign.names import foreign_name, is_foreign, named_file
from rlvr.formula import Formula, FormulaError, parse_formula
from rlvr.hooks import Scorer
from rlvr.plugins import FIELD, InstalledScorer, Registry
from rlvr.record import Fields, fields_of
from rlvr.record.formats import format_names, formats_named, nearest_format
from rlvr.record.rules import DEFAULT_RULES, ReadingRules

if TYPE_CHECKING:
    from pathlib import Path

# People write suites; a larger file is something else, such as the records.
SIZE_LIMIT_BYTES = 1_000_000

DEFAULT_ROUTE_PATHS = ("task", "data_source")

StructT = TypeVar("StructT", bound=msgspec.Struct)


def load_suite(path: str | PathLike[str], registry: Registry | None = None) -> Suite:
    """Load a suite file; the suffix of its name decides the format.

    Raises:
        ConfigError: The file is missing or unreadable, or has an error at some path.
        PluginError: A plugin that the suite names is missing, clashing or broken.
    """
    from pathlib import Path  # a suite that is given as text needs no paths

    path = Path(path)
    try:
        text = read_regular_file(path, SIZE_LIMIT_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "", f"is not UTF-8: {error}") from error
    except ValueError as error:
        raise ConfigError(str(path), "", str(error), "expected a suite file") from error
    return parse_suite(text, source=str(path), suffix=path.suffix.lower(), folder=path.parent, registry=registry)


def parse_suite(  # noqa: PLR0913  # one keyword for each fact about the text
    text: str | Mapping[str, Any],
    *,
    source: str = "inline suite",
    suffix: str = ".yaml",
    revision: str = "",
    folder: Path | None = None,
    files: Mapping[str, bytes] = MappingProxyType({}),
    registry: Registry | None = None,
) -> Suite:
    """Return the suite of a text, or of a dict that has the keys of a suite file.

    Args:
        text: The text of a suite file, or its content as Python values.
        source: The name of the text in errors.
        suffix: The format of the text, one of ``FORMATS``; a text in JSON is read as JSON under ``.yaml`` too.
        revision: The version of the text at its source, where a source has versions; part of the fingerprint.
        folder: The folder that relative names of files start from; None to refuse relative names.
        files: Contents of files that the suite names, by their names there; all others are read.
        registry: The plugins to use; by default the installed ones.

    Raises:
        ConfigError: The text has an error at some path.
        PluginError: A plugin that the suite names is missing, clashing or broken.
    """
    if isinstance(text, Mapping):
        text, suffix = json_text_of(text, source), ".json"
    elif not isinstance(text, str):
        hint = "use load_suite(path) for a file"
        raise ConfigError(source, "", f"Expected text or a mapping, got `{type(text).__name__}`", hint)
    raw = parse_text(text, source, suffix)
    given = SuiteText(
        text=text,
        source=source,
        suffix=suffix,
        revision=revision,
        folder=None if folder is None else str(folder),
        files=files,
    )
    return _Loader(given, registry or Registry()).suite(raw)


def reload_suite(given: SuiteText, registry: Registry | None) -> Suite:
    """Load a suite again from its text and the contents of its files; no file is read.

    Raises:
        ConfigError: The scorers of this process refuse the text.
        PluginError: A plugin that the suite names is missing, clashing or broken in this process.
    """
    return parse_suite(**msgspec.structs.asdict(given), registry=registry)


class _Loader:
    """The steps of loading, with the state that they share: the text, for errors, and the registry."""

    def __init__(self, given: SuiteText, registry: Registry) -> None:
        self.given = given
        self.registry = registry
        self.contents = dict(given.files)
        self.files: list[SuiteFile] = []

    def suite(self, raw: Any) -> Suite:
        section = self._convert(raw, SuiteSection, "")
        tasks = {name: self._task(name, task) for name, task in section.tasks.items()}
        scorers = [entry.installed for task in tasks.values() for each in task.entries for entry in each.all_scorers]
        configuration = {key: value for key, value in raw.items() if key not in UNHASHED_SECTIONS}
        files = [(file.name, file.digest) for file in self.files]
        return Suite(
            given=msgspec.structs.replace(self.given, files={file.name: file.content for file in self.files}),
            tasks=MappingProxyType(tasks),
            route=self._route(section.route, tuple(tasks)),
            rules=self._rules(section.read),
            fingerprint=fingerprint_of(configuration, scorers, files, self.given.revision),
            registry=self.registry,
            load=reload_suite,
            files=tuple(self.files),
            fail_fast=section.fail_fast,
            workers=section.workers,
            cache=CacheSection() if section.cache is True else section.cache or None,
        )

    def _task(self, name: str, raw: Any) -> Task:
        path = f"tasks.{name}"
        section = self._convert(raw, TaskSection, path)
        low, high = section.range
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise self._error(f"{path}.range", f"[{low:g}, {high:g}] is not a finite range with low below high")
        entries: list[Entry] = []
        for index, each in enumerate(section.scorers):
            entry = EntrySection(scorer=each) if isinstance(each, str) else each
            entries.append(self._entry(entry, (name, index), entries, (low, high)))
        return Task(
            name=name,
            entries=tuple(entries),
            aggregate=self._aggregate(section, path, entries),
            low=low,
            high=high,
            on_error=section.on_error,
            reference_key=section.reference_key,
        )

    def _aggregate(self, section: TaskSection, path: str, entries: list[Entry]) -> Method | Formula:
        method = section.aggregate
        self._check_penalties(section, path, entries)
        if isinstance(method, FormulaSection):
            return self._formula(method.formula, path, entries)
        self._check_weights(method, entries, path)
        return method

    def _check_penalties(self, section: TaskSection, path: str, entries: list[Entry]) -> None:
        """Refuse negative weights where a weight is a share or does not count, and where nothing is left to lower."""
        place = next((index for index, entry in enumerate(entries) if entry.is_penalty), None)
        if place is None:
            return
        where, weight = f"{path}.scorers[{place}].weight", entries[place].weight
        if isinstance(section.aggregate, FormulaSection):
            raise self._penalty_error(where, weight, "a formula", "subtract its name in the formula")
        use = weight_use(section.aggregate)
        match use:
            case "factors":
                pass
            case "shares" | "ignored":
                raise self._penalty_error(where, weight, f"'{section.aggregate}'", "write `aggregate: sum`")
            case _:
                assert_never(use)
        if section.range[0] >= 0.0 and not any(entry.weight > 0.0 or entry.transforms for entry in entries):
            problem = f"only penalties, so every reward is the low end of the range, {section.range[0]:g}"
            raise self._error(where, problem, "add an entry that pays, or a range below 0, such as [-1, 0]")

    def _penalty_error(self, where: str, weight: float, method: str, remedy: str) -> ConfigError:
        problem = f"{weight:g} is a penalty, and {method} does not subtract weights"
        hint = f"{remedy}, or reward the opposite: `transform: [invert]`, weight above 0"
        return self._error(where, problem, hint)

    def _check_weights(self, method: Method, entries: list[Entry], path: str) -> None:
        """Refuse weights of 0 that leave no entry, or silently leave out an entry that was meant to count."""
        use = weight_use(method)
        match use:
            case "factors":
                return
            case "shares":
                self._check_any_weight(entries, path)
            case "ignored":
                self._check_any_weight(entries, path)
                self._check_left_out(method, entries, path)
            case _:
                assert_never(use)

    def _check_any_weight(self, entries: list[Entry], path: str) -> None:
        if not any(entry.weight for entry in entries):
            raise self._error(f"{path}.scorers", "every weight is 0, so no entry counts in the reward")

    def _check_left_out(self, method: Method, entries: list[Entry], path: str) -> None:
        conditions = {entry.when.name for entry in entries if entry.when is not None}
        for index, entry in enumerate(entries):
            if not entry.weight and entry.gate is None and entry.name not in conditions:
                problem = f"weight 0 leaves '{entry.name}' out of the {method}, which ignores all other weights"
                hint = "remove the weight, give it a gate, or write a formula that names the entries that count"
                raise self._error(f"{path}.scorers[{index}].weight", problem, hint)

    def _entry(
        self, section: EntrySection, place: tuple[str, int], above: list[Entry], ends: tuple[float, float]
    ) -> Entry:
        path = f"tasks.{place[0]}.scorers[{place[1]}]"
        name = section.name or (foreign_name(section.scorer) if is_foreign(section.scorer) else section.scorer)
        if name in RESERVED_NAMES:
            hint = f"such as '{name}_check'" if section.name else "give it a `name`"
            raise self._error(f"{path}.name", f"'{name}' is {RESERVED_NAMES[name]}; choose another name", hint)
        if any(entry.name == name for entry in above):
            raise self._error(f"{path}.name", f"a second entry named '{name}'", "give each its own `name`")
        entry = Entry(
            name=name,
            weight=section.weight,
            gate=self._gate(section.gate, path, ends),
            when=self._when(section.when, path, above),
            transforms=tuple(self._transforms(section, path)),
            fault_value=self._full_penalty(section, path) if section.weight < 0.0 else 0.0,
            **self._scorer(section, name, (*place, False), path),
        )
        return entry if section.otherwise is None else self._with_otherwise(entry, section.otherwise, path)

    def _scorer(self, section: EntrySection | OtherwiseSection, name: str, place: Place, path: str) -> dict[str, Any]:
        """Return the fields of an entry that say what runs: the scorer, prepared."""
        installed = self._installed(section.scorer, f"{path}.scorer")
        options = self._convert(dict(section.options), installed.scorer.options, f"{path}.options")
        prepared = self._prepare(installed.scorer.prepare, options, f"{path}.options")
        details = self._details(installed.scorer, prepared, f"{path}.options")
        return {
            "installed": installed,
            "prepared": prepared,
            "budget_seconds": section.budget_seconds or installed.scorer.budget_seconds,
            "metrics": MappingProxyType({detail: f"{name}/{detail}" for detail in details}),
            "declared": frozenset(details),
            "place": place,
            "fields": declared_fields(installed.scorer),
            "cache_key": _cache_key(installed, options),
            "is_costly": self._is_costly(installed.scorer, prepared, f"{path}.options"),
        }

    def _installed(self, scorer: str, path: str) -> InstalledScorer:
        """Return the scorer of a plugin, or of a function of the user."""
        if is_foreign(scorer):
            return self._foreign(scorer, path)
        if "." not in scorer:
            hint = "an id is <plugin>.<scorer>, and `rlvr plugins` lists them; a function is ./FILE.py:NAME"
            raise self._error(path, f"'{scorer}' is not a scorer id", hint)
        try:
            return self.registry.scorer(scorer)
        except PluginError as error:
            error.add_note(f"needed by {self.given.source}: {path}")
            raise

    def _foreign(self, scorer: str, path: str) -> InstalledScorer:
        from rlvr.foreign.places import ForeignError, foreign_scorer  # most suites name no function

        name = named_file(scorer)
        try:
            file = None if name is None else self._decode(SuiteFile, name)
            return foreign_scorer(scorer, file, self.given.folder)
        except (ForeignError, ValueError) as error:
            raise self._error(path, str(error)) from error

    def _with_otherwise(self, first: Entry, section: str | OtherwiseSection, path: str) -> Entry:
        """Return an entry with its second scorer, and with the metrics of both, so that each record has them."""
        section = OtherwiseSection(scorer=section) if isinstance(section, str) else section
        path = f"{path}.otherwise"
        fields = self._scorer(section, first.name, (*first.place[:2], True), path)
        second = msgspec.structs.replace(first, **fields)
        if second.installed.scorer.score_group is not None:
            problem = f"'{section.scorer}' compares the completions of a prompt, and would see some of them only"
            raise self._error(f"{path}.scorer", problem, "name a scorer of single records")
        own = {OTHERWISE: f"{first.name}/{OTHERWISE}"}
        return msgspec.structs.replace(
            first,
            metrics=MappingProxyType({**first.metrics, **second.metrics, **own}),
            otherwise=Otherwise(entry=second, after=frozenset(section.after)),
        )

    def _is_costly(self, scorer: Scorer, prepared: Any, path: str) -> bool:
        if isinstance(scorer.costly, bool):
            return scorer.costly
        try:
            return bool(scorer.costly(prepared))
        except Exception as error:
            raise self._error(path, f"`costly` raised {type(error).__name__}: {error}") from error

    def _prepare(self, prepare: Any, options: Any, path: str) -> Any:
        if prepare is None:
            return options
        try:
            return prepare(options)
        except ImportError as error:  # its text says what to install
            raise self._error(path, f"cannot be prepared: {error}") from error
        except Exception as error:
            raise self._error(path, f"cannot be prepared: {type(error).__name__}: {error}") from error

    def _details(self, scorer: Scorer, prepared: Any, path: str) -> tuple[str, ...]:
        """Return the names of the details of an entry: those of its scorer, and those of its options."""
        if scorer.option_metrics is None:
            return scorer.metrics
        names = (*scorer.metrics, *scorer.option_metrics(prepared))
        for name in names:
            if not FIELD.fullmatch(name):
                raise self._error(
                    path, f"the metric {name!r} has other signs than letters, digits, '_', '.', '/' and '-'"
                )
        return tuple(dict.fromkeys(names))

    def _gate(self, section: float | GateSection | None, path: str, ends: tuple[float, float]) -> Gate | None:
        if section is None:
            return None
        if not isinstance(section, GateSection):
            return Gate(at_least=section, floor=ends[0])
        floor = ends[0] if section.floor is None else section.floor
        if not ends[0] <= floor <= ends[1]:
            raise self._error(f"{path}.gate.floor", f"{floor:g} is outside the task's range [{ends[0]:g}, {ends[1]:g}]")
        return Gate(at_least=section.at_least, floor=floor, absent=section.absent)

    def _when(self, section: str | WhenSection | None, path: str, above: list[Entry]) -> When | None:
        if section is None:
            return None
        when = WhenSection(scorer=section) if isinstance(section, str) else section
        names = [entry.name for entry in above]
        if when.scorer not in names:
            known = ", ".join(names) or "none"
            raise self._error(f"{path}.when", f"no entry '{when.scorer}' above this one (above: {known})")
        return When(name=when.scorer, at_least=when.at_least)

    def _transforms(self, section: EntrySection, path: str) -> Iterator[tuple[str, Any]]:
        for index, transform in enumerate(section.transform):
            try:
                yield transform_from(transform)
            except ValueError as error:
                raise self._error(f"{path}.transform[{index}]", str(error)) from error

    def _full_penalty(self, section: EntrySection, path: str) -> float:
        if section.gate is not None:
            problem = "a penalty cannot be a gate: its high values are the bad ones"
            hint = "give the gate an entry of its own, with weight 0 and `transform: [invert]`"
            raise self._error(f"{path}.gate", problem, hint)
        value = highest_value(section.transform)
        if not math.isfinite(value):
            raise self._error(f"{path}.transform", "makes a penalty that is not finite")
        return value

    def _formula(self, text: str, path: str, entries: list[Entry]) -> Formula:
        where = f"{path}.aggregate.formula"
        try:
            formula = parse_formula(text)
        except FormulaError as error:
            raise self._error(where, str(error)) from error
        known = [name for entry in entries for name in (entry.name, *entry.metrics.values())]
        for name in formula.names:
            if name not in known:
                hint = suggestion(name, known) or f"the metrics are: {', '.join(known)}"
                raise self._error(where, f"no metric '{name}'", hint)
        if not formula.names:
            raise self._error(where, "names no metric, so every record would get the same reward")
        return formula

    def _route(self, section: RouteSection | None, tasks: tuple[str, ...]) -> Route:
        if section is None:
            section = RouteSection(default=tasks[0] if len(tasks) == 1 else None)
        targets = {f"route.tasks.{value}": name for value, name in section.tasks.items()}
        if section.default is not None:
            targets["route.default"] = section.default
        for path, name in targets.items():
            if name not in tasks:
                raise self._error(
                    path, f"no task '{name}'", suggestion(name, tasks) or f"the tasks are: {', '.join(tasks)}"
                )
        by = (section.by,) if isinstance(section.by, str) else tuple(section.by or DEFAULT_ROUTE_PATHS)
        default = section.default
        is_fixed = default is not None and len(tasks) == 1
        return Route(by=by, tasks=MappingProxyType(dict(section.tasks)), default=default, is_fixed=is_fixed)

    def _convert(self, raw: Any, struct: type[StructT], path: str) -> StructT:
        try:
            return msgspec.convert(raw, struct, dec_hook=self._decode)
        except msgspec.ValidationError as error:
            problem, _, inner = str(error).partition(" - at ")
            inner = inner.strip("`").removeprefix("key in `").removeprefix("$")
            where = f"{path}{inner}" if path else inner.removeprefix(".")
            problem = problem.replace("`object`", "a mapping").replace("`array`", "a list")
            hint = self._hint_of_option(raw, problem, inner) or hint_of(problem, struct, where)
            raise self._error(where, problem, hint) from error

    def _hint_of_option(self, raw: Any, problem: str, where: str) -> str:
        """Return a hint for an option that stands beside its scorer, and not under ``options``."""
        unknown, place = UNKNOWN_FIELD.search(problem), re.fullmatch(r"\.scorers\[(\d+)\]", where)
        if unknown is None or place is None:
            return ""
        scorer = raw["scorers"][int(place[1])].get("scorer")
        try:
            options = self.registry.scorer(str(scorer)).scorer.options
        except PluginError:
            return ""  # the scorer's name is read, and reported, later
        if unknown[1] not in fields_in(options):
            return ""
        return f"it is an option of {scorer}: write `options: {{{unknown[1]}: ...}}`"

    def _decode(self, kind: type[Any], value: Any) -> Any:
        """Read an option whose type JSON does not have: the file that the option names."""
        if kind is not SuiteFile:
            raise NotImplementedError(f"options of type {kind.__name__}")
        if not isinstance(value, str):
            raise TypeError(f"Expected the name of a file, got `{type(value).__name__}`")
        if value not in self.contents:  # a file that two options name is read once, and cannot change between them
            self.contents[value] = SuiteFile.read(value, self.given.folder).content
        file = SuiteFile(value, self.contents[value])
        self.files.append(file)
        return file

    def _rules(self, section: ReadSection | None) -> ReadingRules:
        if section is None:
            return DEFAULT_RULES
        if section.format and not formats_named(section.format):
            nearest = nearest_format(section.format)
            hint = f"did you mean `{nearest}`?" if nearest else f"known formats: {', '.join(format_names())}"
            raise self._error("read.format", f"there is no format `{section.format}`", hint)
        tags = section.reasoning_tags
        return ReadingRules(
            format=section.format,
            id=_paths(section.id),
            prompt=_paths(section.prompt),
            completion=_paths(section.completion),
            reference=_paths(section.reference),
            tool_calls=section.tool_calls,
            reasoning_tags=DEFAULT_RULES.reasoning_tags if tags is None else tuple(tags),
        )

    def _error(self, path: str, problem: str, hint: str = "") -> ConfigError:
        return ConfigError(self.given.source, path, problem, hint)


def _paths(paths: str | list[str] | None) -> tuple[str, ...]:
    return () if paths is None else (paths,) if isinstance(paths, str) else tuple(paths)


def declared_fields(scorer: Scorer) -> Fields | None:
    """Return the fields that a scorer sees in addition to the completion; None (all) if it declares no ``reads``."""
    return None if scorer.reads is None else fields_of((*scorer.needs, *scorer.reads))


def _cache_key(installed: InstalledScorer, options: Any) -> bytes:
    """Return the key that all cached scores of a scorer share; b"" for a scorer whose scores cannot be cached."""
    scorer = installed.scorer
    if declared_fields(scorer) is None or scorer.score_group is not None:
        return b""
    try:
        return cache_key_of(installed, msgspec.json.encode(options, enc_hook=plain_option, order="sorted"))
    except (TypeError, ValueError):
        return b""  # options that JSON cannot distinguish
