"""The house rules that a reader of one file cannot see: names, options, places and imports over all distributions."""

import ast
import importlib
import inspect
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

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
    "rlvr_lab": ROOT / "lab" / "rlvr_lab",
    "rlvr_trainers": ROOT / "trainers" / "rlvr_trainers",
    **{f"rlvr_{path.name}": path / f"rlvr_{path.name}" for path in sorted((ROOT / "plugins").iterdir())},
}
OVER_PLUGINS = {"rlvr_aws", "rlvr_lab", "rlvr_trainers"}
PLUGINS = [name for name in DISTRIBUTIONS if name not in {"rlvr", "rlvr_handler", *OVER_PLUGINS}]

# The nouns of core; whoever reads one of these names means what core means by it.
NOUNS = frozenset(
    "Event Row Record Message Task Suite Scorer Score Verdict Metric Part Reward Report Summary Entry Gate Route "
    "Registry View Group Run Dispatcher Runner".split()
)

# Modules beside `rlvr` itself whose names other distributions may import, each documented for them.
DOCUMENTED = {
    "plugins": {"rlvr", "rlvr.testing"},
    "commands": {
        "rlvr",
        "rlvr.testing",
        "rlvr.aggregate",
        "rlvr.distributions",
        "rlvr.formula",
        "rlvr.memory",
        "rlvr.record",
        "rlvr.report",
        "rlvr.runs",
        "rlvr.cli.console",
        "rlvr.cli.summary.tables",
    },
}


def _trees(distribution: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(DISTRIBUTIONS[distribution].rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


@cache  # of the facts, not of the trees, which would fill the memory of the process
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
# The text of a criterion, as rubrics of data sets call it, is no cut of a completion.
OTHER_IDEAS = {"rlvr_judge.rubric.Criterion.text"}
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
        if name in synonyms and f"{struct}.{name}" not in OTHER_IDEAS
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
    wrong = []
    for file, module, name in _imports(distribution):
        is_scorer = distribution in PLUGINS and "/cli/" not in file
        documented = DOCUMENTED["plugins" if is_scorer else "commands"]
        names = getattr(importlib.import_module(module), "__all__", None)
        if module not in documented or name.startswith("_") or (names is not None and name not in names):
            wrong.append(f"{file}: {name} of {module}")

    assert wrong == []
    assert rlvr.__all__


def _members(node: ast.expr | None) -> frozenset[str]:
    """Return the texts of `Literal[...]`; empty for another expression, and for a set of one, which has no branch."""
    if not isinstance(node, ast.Subscript) or ast.unparse(node.value) != "Literal":
        return frozenset()
    texts = {each.value for each in ast.walk(node.slice) if isinstance(each, ast.Constant)}
    return frozenset(each for each in texts if isinstance(each, str)) if len(texts) > 1 else frozenset()


def _closed_sets(trees: Iterable[tuple[Path, ast.Module]]) -> dict[str, frozenset[str]]:
    """Return the members of each alias of a Literal, by its name."""
    found = {}
    for _, tree in trees:
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _members(node.value):
                found[node.target.id] = _members(node.value)
    return found


@cache
def _closed_sets_of_core() -> dict[str, frozenset[str]]:
    return _closed_sets(_trees("rlvr"))


def _annotated(annotation: ast.expr | None, sets: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return the members of the closed sets that a value so annotated may be one of."""
    match annotation:
        case ast.Name(id=name):
            return sets.get(name, frozenset())
        case ast.BinOp(left=left, right=right):  # such as `Method | Formula`
            return _annotated(left, sets) | _annotated(right, sets)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
            return _annotated(first, sets)
        case _:
            return frozenset()


def _field_members(tree: ast.Module, sets: dict[str, frozenset[str]]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the fields of the classes of a module, with the members of their closed sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    yield each.target.id, _annotated(each.annotation, sets)


def _members_of(node: ast.expr, names: dict[str, frozenset[str]], fields: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return the members of the closed set of a variable or a field; empty for another expression."""
    match node:
        case ast.Name(id=name):
            return names.get(name, frozenset())
        case ast.Attribute(attr=name):
            return fields.get(name, frozenset())
        case _:
            return frozenset()


def _comparisons(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    sets: dict[str, frozenset[str]],
    fields: dict[str, frozenset[str]],
) -> Iterator[ast.Compare]:
    """Yield the comparisons of a function between a value of a closed set and members of it."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    names = {each.arg: _annotated(each.annotation, sets) for each in arguments}
    inside = [*ast.walk(function)]
    for node in inside:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            names.update({ast.unparse(each): _members_of(node.value, names, fields) for each in node.targets})
    for node in inside:
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            texts = {each.value for side in sides for each in ast.walk(side) if isinstance(each, ast.Constant)}
            if any(_members_of(side, names, fields) & texts for side in sides):
                yield node


def _compared_members(distribution: str) -> Iterator[str]:
    """Yield the places where a distribution compares a value of a closed set with members of it."""
    trees = [*_trees(distribution)]
    sets = _closed_sets_of_core() | _closed_sets(trees)
    fields: dict[str, frozenset[str]] = defaultdict(frozenset)
    for _, tree in trees:
        for name, members in _field_members(tree, sets):
            fields[name] |= members
    for path, tree in trees:
        functions = [each for each in ast.walk(tree) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
        found = {node.lineno: node for function in functions for node in _comparisons(function, sets, fields)}
        for line, node in sorted(found.items()):
            yield f"{path.relative_to(ROOT)}:{line}: {ast.unparse(node)}"


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_member_of_a_closed_set_is_compared(distribution: str) -> None:
    """A new member would silently be another one's equal; `match` with `assert_never` fails the type checker."""
    assert list(_compared_members(distribution)) == []


def test_comparisons_with_members_of_closed_sets_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a field, an argument and a variable, alone and in a union; other texts and other fields are not found."""
    code = """
Method: TypeAlias = Literal["mean", "sum"]
class Task:
    aggregate: Method | Formula
    use: Annotated[Method, Meta(description="x")]
    name: str
def check(task: Task, method: Method, words: str) -> None:
    if task.aggregate != "mean" or task.name == "mean" or words == "sum" or method == "median":
        pass
    if task.use in {"mean", "sum"}:
        pass
    if method == "sum":
        pass
    chosen = task.aggregate
    return chosen == "sum"
"""
    path = ROOT / "module.py"
    monkeypatch.setitem(globals(), "_trees", lambda name: [(path, ast.parse(code))] if name == "here" else [])

    assert list(_compared_members("here")) == [
        "module.py:8: task.aggregate != 'mean'",
        "module.py:10: task.use in {'mean', 'sum'}",
        "module.py:12: method == 'sum'",
        "module.py:15: chosen == 'sum'",
    ]


LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def _contracts(kind: str) -> dict[str, dict[str, Any]]:
    """Return the import contracts of a kind by their names."""
    return {each["name"]: each for each in LINTER["contracts"] if each["type"] == kind}


def _layers(contract: dict[str, Any]) -> list[set[str]]:
    """Return the modules of each layer of a contract."""
    return [{name.strip() for name in layer.split("|")} for layer in contract["layers"]]


def test_no_distribution_escapes_the_import_contracts() -> None:
    """A new plugin is a root package, over core, beside the others, and held to what a layer contains."""
    contracts = {each["name"]: each for each in LINTER["contracts"]}
    above_core = _layers(contracts["aws, lab and trainers over handler and plugins over core"])
    in_lambda = contracts["what runs in Lambda needs nothing of core that a layer leaves out"]["source_modules"]

    assert set(LINTER["root_packages"]) == DISTRIBUTIONS.keys()
    assert above_core == [OVER_PLUGINS, {"rlvr_handler", *PLUGINS}, {"rlvr"}]
    assert set(in_lambda) == {"rlvr.pipeline", "rlvr_handler", *PLUGINS}
    assert set(contracts["no circle of modules"]["ancestors"]) == DISTRIBUTIONS.keys()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_module_escapes_the_import_contracts(distribution: str) -> None:
    """Each distribution has layers that name all of its modules; a module that they do not name fails the linter."""
    found = [each for each in _contracts("layers").values() if each.get("containers") == [distribution]]

    assert [each.get("exhaustive") for each in found] == [True]


@pytest.mark.parametrize("distribution", PLUGINS)
def test_no_scorer_imports_another(distribution: str) -> None:
    """All scorers of a plugin are in one layer, whose modules the linter keeps apart."""
    (contract,) = [each for each in _contracts("layers").values() if each.get("containers") == [distribution]]
    scorers = {
        name.partition(".")[2] for name in Registry().scorer_ids() if f"rlvr_{name}".startswith(f"{distribution}.")
    }

    assert scorers
    assert [layer & scorers for layer in _layers(contract) if layer & scorers] == [scorers]


def test_no_room_of_code_escapes_its_side() -> None:
    """Each room decides verdicts, or runs in the process of a submission; neither imports the other."""
    forbidden = _contracts("forbidden")
    deciding = set(
        forbidden["code: rooms that decide verdicts never import code that runs beside a submission"]["source_modules"]
    )
    beside = forbidden["code: the process of a submission imports wire, the standard library and RestrictedPython"]
    rooms = {f"rlvr_code.{path.stem}" for path in DISTRIBUTIONS["rlvr_code"].iterdir() if _is_module(path)}

    assert deciding | set(beside["source_modules"]) == rooms
    assert not deciding & set(beside["source_modules"])
    assert set(beside["forbidden_modules"]) == {*deciding, "rlvr", "msgspec"}


def _is_module(path: Path) -> bool:
    return (path / "__init__.py").exists() or (path.suffix == ".py" and path.name != "__init__.py")


@pytest.mark.parametrize(
    ("room", "others"),
    [("inside", {"RestrictedPython"}), ("wire", set()), ("zygote", set()), ("referee", {"pytest"})],
)
def test_processes_of_code_import_the_standard_library(room: str, others: set[str]) -> None:
    """No other library that a contract would have to name; all of it is imported beside a submission or its tests.

    A referee imports pytest only where the tests of a problem import it themselves.
    """
    found = set()
    for path, tree in _trees("rlvr_code"):
        if path.relative_to(DISTRIBUTIONS["rlvr_code"]).parts[0] == room:
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                if isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])

    assert found - sys.stdlib_module_names - {"rlvr_code"} == others


# Values that a station fills in while it works; all others are frozen once they are made.
MUTABLE = {"EntrySummary", "Group", "MetricSums", "ReasonCount", "Rewards", "Summary", "TaskSummary", "Timing"}
# Structs of which each record has some; the garbage collector need not look at them, since they are in no circle.
PER_RECORD = set(
    (
        "Message Record Mark Cut Score Metric Part Reward Job Reading Answer _Found "
        "Cue Middle Announcement Statement Stated Commitment Remark _Spot "
        "Row RunRow ScoreRow OpinionRow RecordFacts _Planned"
    ).split()
)
# Structs whose fields stand by position where they are made, thousands of times: keywords would cost a batch its time.
# A Format is a line of a table.
POSITIONAL = set(
    (
        "Mark Cut Metric Job Formula Format _EntryPoint Announcement Cue Middle Remainder Remark Stated "
        "_Spot _Planned _Called"
    ).split()
)


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
