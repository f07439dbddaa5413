"""The house rules that a reader of one file cannot see: names, options, places and imports over all distributions."""

import ast
import importlib
import inspect
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import rlvr
from rlvr import Registry, Scorer
from rlvr.config.format import SECTIONS

ROOT = Path(__file__).parents[1]
DISTRIBUTIONS = {
    "rlvr": ROOT / "core" / "rlvr",
    "rlvr_handler": ROOT / "handler" / "rlvr_handler",
    "rlvr_aws": ROOT / "aws" / "rlvr_aws",
    **{f"rlvr_{path.name}": path / f"rlvr_{path.name}" for path in sorted((ROOT / "plugins").iterdir())},
}
PLUGINS = [name for name in DISTRIBUTIONS if name not in {"rlvr", "rlvr_handler", "rlvr_aws"}]

# The nouns of core; whoever reads one of these names means what core means by it.
NOUNS = frozenset(
    "Event Row Record Message Task Suite Scorer Score Verdict Metric Part Reward Report Summary Entry Gate Route "
    "Registry View Group Run Dispatcher Runner".split()
)

# Modules beside `rlvr` itself whose names other distributions may import, each documented for them.
DOCUMENTED = {
    "plugins": {"rlvr", "rlvr.testing"},
    "commands": {"rlvr", "rlvr.testing", "rlvr.aggregate", "rlvr.record", "rlvr.runs", "rlvr.cli.console"},
}


def _trees(distribution: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(DISTRIBUTIONS[distribution].rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _classes(distribution: str) -> dict[str, list[str]]:
    """Return the files in which each class is defined; a leading underscore makes no other name."""
    found = defaultdict(list)
    for path, tree in _trees(distribution):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name.lstrip("_")].append(str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_class_name_means_one_thing(distribution: str) -> None:
    """In a whole distribution, private or not."""
    assert {name: files for name, files in _classes(distribution).items() if len(files) > 1} == {}


@pytest.mark.parametrize("distribution", [name for name in DISTRIBUTIONS if name != "rlvr"])
def test_the_nouns_of_core_are_cores(distribution: str) -> None:
    """No other distribution defines a class of such a name."""
    assert NOUNS & _classes(distribution).keys() == set()


@pytest.mark.parametrize("scorer_id", Registry().scorer_ids())
def test_a_scorer_is_in_the_file_of_its_name(scorer_id: str) -> None:
    """`math.equivalent` is `equivalent` of `rlvr_math.equivalent`."""
    plugin, _, name = scorer_id.partition(".")
    found = getattr(importlib.import_module(f"rlvr_{plugin}.{name}"), name)

    assert isinstance(found, Scorer)
    assert found is Registry().scorer(scorer_id).scorer


# One idea has one word in all options: the word, and the synonyms that are refused.
VOCABULARY = {
    "partial": {"pay", "paid", "partial_credit", "credit", "fraction"},
    "ordered": {"unordered", "any_order", "order", "in_order"},
    "letter_case": {"case", "ignore_case", "case_sensitive", "casefold", "match_case"},
    "memory_mb": {"memory", "megabytes", "memory_megabytes", "memory_bytes", "max_memory"},
    "answer": {"finders", "block", "where", "extract", "extraction"},
    "view": {"cut", "part", "text"},
    "not_followed_by": {"unless_before"},
    "not_preceded_by": {"unless_behind", "unless_after"},
}
SUFFIXES = {
    "_mb": {"_megabytes", "_mib", "_bytes"},
    "_kb": {"_kilobytes"},
    "_seconds": {"_s", "_ms", "_timeout", "_secs"},
}


def _option_structs() -> dict[str, type[msgspec.Struct]]:
    """Return the sections of a suite and the options of all scorers, with the structs inside them, by their names."""
    found: dict[str, type[msgspec.Struct]] = {}
    waiting: list[object] = [*SECTIONS, *(Registry().scorer(each).scorer.options for each in Registry().scorer_ids())]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if found.setdefault(f"{kind.__module__}.{kind.__qualname__}", kind) is kind:
                known = [each for each in waiting if each is kind]
                waiting = [each for each in waiting if each not in known]
                waiting.extend(field.type for field in msgspec.structs.fields(kind) if not _is_known(field.type, found))
        else:
            waiting.extend(getattr(kind, "__args__", ()))
    return found


def _is_known(kind: object, found: dict[str, type[msgspec.Struct]]) -> bool:
    return any(kind is each for each in found.values())


def test_one_idea_has_one_word_in_all_options() -> None:
    """Part payment, order, letter case, memory, time, and where the answer stands."""
    synonyms = {old: word for word, olds in VOCABULARY.items() for old in olds}
    wrong = [
        f"{struct}.{name}: say {synonyms[name]}"
        for struct, kind in _option_structs().items()
        for name in kind.__struct_fields__
        if name in synonyms
    ]
    wrong += [
        f"{struct}.{name}: end in {right}"
        for struct, kind in _option_structs().items()
        for name in kind.__struct_fields__
        for right, ends in SUFFIXES.items()
        if name.endswith(tuple(ends)) and not name.endswith(right)
    ]

    assert len(_option_structs()) > 25
    assert wrong == []


def _imports(distribution: str) -> Iterator[tuple[str, str, str]]:
    """Yield the file, the module and the name of each import from core."""
    for path, tree in _trees(distribution):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "rlvr":
                for alias in node.names:
                    yield str(path.relative_to(ROOT)), node.module, alias.name
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[0] == "rlvr":
                        yield str(path.relative_to(ROOT)), alias.name, "*"


@pytest.mark.parametrize("distribution", [name for name in DISTRIBUTIONS if name != "rlvr"])
def test_others_import_documented_names_only(distribution: str) -> None:
    """So that a stranger who copies them stands on public ground; nothing private crosses distributions."""
    documented = DOCUMENTED["plugins" if distribution in PLUGINS else "commands"]
    wrong = []
    for file, module, name in _imports(distribution):
        names = getattr(importlib.import_module(module), "__all__", None)
        if module not in documented or name.startswith("_") or (names is not None and name not in names):
            wrong.append(f"{file}: {name} of {module}")

    assert wrong == []
    assert rlvr.__all__


# Values that a station fills in while it works; all others are frozen once they are made.
MUTABLE = {"Timing", "Summary"}
# Structs of which each record has some; the garbage collector need not look at them, since they are in no circle.
PER_RECORD = {"Message", "Record", "Score", "Metric", "Part", "Reward", "Job"}
# Structs whose fields stand by position where they are made, thousands of times: keywords would cost a batch its time.
POSITIONAL = {"Metric", "Job", "Formula", "_EntryPoint", "Announcement", "Cue", "Middle", "Remark", "Stated", "_Spot"}


def _core_structs() -> Iterator[type[msgspec.Struct]]:
    for path in sorted(DISTRIBUTIONS["rlvr"].rglob("*.py")):
        parts = path.relative_to(DISTRIBUTIONS["rlvr"]).with_suffix("").parts
        if parts[-1] in {"__main__", "__init__"}:
            continue
        module = importlib.import_module(".".join(("rlvr", *parts)))
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
                yield value


def test_what_goes_between_the_stations_of_core_is_frozen_and_named() -> None:
    """No station changes what it received, and no field is mistaken for another."""
    structs = list(_core_structs())
    mutable = {each.__name__ for each in structs if not each.__struct_config__.frozen}
    positional = {
        each.__name__
        for each in structs
        if not each.__name__.endswith("Section")  # made from a suite file, by its keys
        and any(field.kind is not field.KEYWORD_ONLY for field in inspect.signature(each).parameters.values())
    }

    assert len(structs) > 40
    assert {each.__name__ for each in structs if not each.__struct_config__.gc} == PER_RECORD
    assert mutable == MUTABLE
    assert positional == POSITIONAL | MUTABLE
