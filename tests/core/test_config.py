"""Suite files, their errors, and routing."""

import copy
import json
import math
import os
import pickle
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import ConfigError, PluginError, Suite, SuiteFile, close, load_suite, parse_suite, score_rows
from rlvr.config import SuiteText, reload_suite
from rlvr.config.format import RESERVED_NAMES, Method
from rlvr.config.parsing import parse_text
from rlvr.config.routing import Route, suggestion
from rlvr.hooks import NoOptions, scorer
from rlvr.record.rules import DEFAULT_RULES
from rlvr.testing import a_record, registry_of, suite_of


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of the scorer under test."""

    places: int = 2
    mode: str = "any"


def _refuse(options: Options) -> Options:
    if options.mode == "bad":
        raise ValueError("mode 'bad' cannot be prepared")
    return options


PLUGIN = {
    "plain": scorer(lambda _record, _options: 1.0),
    "tuned": scorer(options=Options, metrics=("found",), prepare=_refuse)(lambda _record, _options: 1.0),
}


WEIGHTLESS = "tasks: {t: {scorers: [demo.plain, {scorer: demo.plain, name: b, weight: 0}], aggregate: METHOD}}"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


PENALTY = (
    "tasks: {t: {scorers: [{scorer: demo.plain, name: a}, {scorer: demo.plain, name: b, weight: -1}],"
    " aggregate: METHOD}}"
)
# By method: whether a weight of 0, of an entry without another use, and whether a weight below 0, is accepted.
WEIGHTS_ACCEPTED: Mapping[Method, tuple[bool, bool]] = {
    "mean": (True, False),
    "sum": (True, True),
    "product": (False, False),
    "min": (False, False),
    "max": (False, False),
    "median": (False, False),
}
HUGE = "{scale: {factor: 1e308}}"


def _suite(text: str) -> Suite:
    return suite_of(text, demo=PLUGIN)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".yaml", "tasks: {t: {scorers: [demo.plain]}}"),
        (".yml", "tasks:\n  t:\n    scorers:\n      - demo.plain"),
        (".json", '{"tasks": {"t": {"scorers": ["demo.plain"]}}}'),
        (".toml", '[tasks.t]\nscorers = ["demo.plain"]'),
    ],
)
def test_each_format_gives_the_same_suite(tmp_path: Path, suffix: str, text: str) -> None:
    """The fingerprint depends on the content of the file, not on its format."""
    path = tmp_path / f"suite{suffix}"
    path.write_text("\ufeff" + text, encoding="utf-8")
    registry = registry_of(demo=PLUGIN)

    suite = load_suite(path, registry)

    assert [entry.name for entry in suite.tasks["t"].entries] == ["demo.plain"]
    assert suite.fingerprint == _suite("tasks: {t: {scorers: [demo.plain]}}").fingerprint


@pytest.mark.each(
    ("text", "path", "problem"),
    [
        ("", "", "Expected a mapping, got `null`"),
        ("- 1", "", "Expected a mapping, got a list"),
        ("tasks: {}", "tasks", "length >= 1"),
        ("task: {}", "", "did you mean 'tasks'?"),
        ("scorers: [demo.plain]", "", "unknown field `scorers` (it is a key of task)"),
        ("tasks: {t: 5}", "tasks.t", "Expected a mapping, got `int`"),
        ("tasks: {t: {scorers: []}}", "tasks.t.scorers", "length >= 1"),
        ("tasks: {t: {scorers: [demo]}}", "tasks.t.scorers[0].scorer", "<plugin>.<scorer>"),
        ("tasks: {t: {scorers: [{scorer: demo.plain, wieght: 1}]}}", "tasks.t.scorers[0]", "did you mean 'weight'?"),
        ("tasks: {t: {scorers: [{scorer: demo.plain, weight: -1e7}]}}", "tasks.t.scorers[0].weight", ">= -1000000"),
        ("tasks: {t: {scorers: [{scorer: demo.plain, weight: .nan}]}}", "tasks.t.scorers[0].weight", ">= -1000000"),
        *(
            (PENALTY.replace("METHOD", method), "tasks.t.scorers[1].weight", f"'{method}' does not subtract weights")
            for method in get_args(Method)
            if not WEIGHTS_ACCEPTED[method][1]
        ),
        *(
            (PENALTY.replace("METHOD", method), "tasks.t.scorers[1].weight", f"{words} `transform: [invert]`, weight")
            for method, words in (
                ("mean", "(write `aggregate: sum`, or reward the opposite:"),
                ("{formula: a + b}", "(subtract its name in the formula, or reward the opposite:"),
            )
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.plain, weight: -1}], aggregate: sum}}",
            "tasks.t.scorers[0].weight",
            "only penalties, so every reward is the low end of the range, 0 (add an entry that pays, or a range",
        ),
        (
            PENALTY.replace("weight: -1", "weight: -1, gate: 0.5").replace("METHOD", "sum"),
            "tasks.t.scorers[1].gate",
            "a penalty cannot be a gate",
        ),
        (
            PENALTY.replace("weight: -1", f"weight: -1, transform: [{HUGE}, {HUGE}]").replace("METHOD", "sum"),
            "tasks.t.scorers[1].transform",
            "makes a penalty that is not finite",
        ),
        ("tasks: {t: {scorers: [{scorer: demo.plain, weight: '1'}]}}", "tasks.t.scorers[0].weight", "got `str`"),
        ("tasks: {t: {scorers: [{scorer: demo.plain, name: a b}]}}", "tasks.t.scorers[0].name", "matching regex"),
        ("tasks: {t: {scorers: [demo.plain, demo.plain]}}", "tasks.t.scorers[1].name", "a second entry"),
        ("tasks: {t: {scorers: [{scorer: demo.plain, weight: 0}]}}", "tasks.t.scorers", "every weight is 0"),
        *(
            (
                WEIGHTLESS.replace("METHOD", method),
                "tasks.t.scorers[1].weight",
                f"weight 0 leaves 'b' out of the {method}",
            )
            for method in ("product", "min", "max", "median")
        ),
        *(
            (f"tasks: {{t: {{scorers: [{{scorer: demo.plain, name: {name}}}]}}}}", "tasks.t.scorers[0].name", reason)
            for name, reason in RESERVED_NAMES.items()
        ),
        ("tasks: {t: {scorers: [{scorer: demo.plain, options: {x: 1}}]}}", "tasks.t.scorers[0].options", "field `x`"),
        (
            "tasks: {t: {scorers: [{scorer: demo.tuned, options: {places: x}}]}}",
            "tasks.t.scorers[0].options.places",
            "Expected `int`, got `str`",
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.tuned, places: 1}]}}",
            "tasks.t.scorers[0]",
            "it is an option of demo.tuned: write `options: {places: ...}`",
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.tuned, options: {plces: 1}}]}}",
            "tasks.t.scorers[0].options",
            "did you mean 'places'?",
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.tuned, options: {mode: bad}}]}}",
            "tasks.t.scorers[0].options",
            "mode 'bad' cannot be prepared",
        ),
        ("tasks: {t: {scorers: [{scorer: demo.plain, gate: 2}]}}", "tasks.t.scorers[0].gate", "<= 1"),
        (
            "tasks: {t: {scorers: [{scorer: demo.plain, gate: {at_least: 1, floor: 7}}]}}",
            "tasks.t.scorers[0].gate.floor",
            "outside the task's range",
        ),
        ("tasks: {t: {scorers: [{scorer: demo.plain, when: x}]}}", "tasks.t.scorers[0].when", "no entry 'x'"),
        (
            "tasks: {t: {scorers: [{scorer: demo.plain, transform: [{}]}]}}",
            "tasks.t.scorers[0].transform[0]",
            "exactly one of",
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.plain, transform: [{steps: [[1, 1], [0, 0]]}]}]}}",
            "tasks.t.scorers[0].transform[0]",
            "must rise",
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.plain, transform: [{scale: {factor: .nan}}]}]}}",
            "tasks.t.scorers[0].transform[0]",
            "must be finite",
        ),
        (
            "tasks: {t: {scorers: [{scorer: demo.plain, transform: [invert, {clip: [1, 0]}]}]}}",
            "tasks.t.scorers[0].transform[1]",
            "low end above its high end",
        ),
        ("tasks: {t: {scorers: [demo.plain], aggregate: avg}}", "tasks.t.aggregate", "one of mean, sum"),
        ("tasks: {t: {scorers: [demo.plain], on_error: skip}}", "tasks.t.on_error", "one of zero, abstain"),
        ("tasks: {t: {scorers: [demo.plain], range: [1, 0]}}", "tasks.t.range", "low below high"),
        ("tasks: {t: {scorers: [demo.plain], range: [0, .inf]}}", "tasks.t.range", "finite"),
        (
            "tasks: {t: {scorers: [{scorer: demo.tuned, name: acc}], aggregate: {formula: ac}}}",
            "tasks.t.aggregate.formula",
            "did you mean 'acc'?",
        ),
        (
            "tasks: {t: {scorers: [demo.plain], aggregate: {formula: '1'}}}",
            "tasks.t.aggregate.formula",
            "names no metric",
        ),
        ("tasks: {t: {scorers: [demo.plain], aggregate: {formula: 1 +}}}", "tasks.t.aggregate.formula", "at character"),
        ("tasks: {t: {scorers: [demo.plain]}}\nroute: {default: u}", "route.default", "no task 'u'"),
        ("tasks: {t: {scorers: [demo.plain]}}\nroute: {tasks: {x: u}}", "route.tasks.x", "no task 'u'"),
        ("tasks: {t: {scorers: [demo.plain]}}\nfail_fast: {fault_share: 1}", "fail_fast.fault_share", "< 1"),
        ("tasks: {t: 1, t: 2}", "line 1, column 15", "is repeated"),
        ("tasks: {1: 2}", "line 1, column 9", "quote it"),
        ("tasks: [", "line 2, column 1", "is not YAML"),
        ("tasks: !!python/object/apply:os.system [true]", "line 1, column 8", "is not YAML"),
    ],
)
def test_every_error_names_the_file_the_path_and_the_expected_value(text: str, path: str, problem: str) -> None:
    """The author of the file finds the place at once."""
    with pytest.raises(ConfigError) as caught:
        _suite(text)

    assert (caught.value.file, caught.value.path) == ("inline suite", path)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("absent.yaml", None, "No such file"),
        ("suite.txt", "tasks: {}", "'.txt' is not a format"),
        ("suite.toml", "tasks = ", "cannot be parsed"),
        ("suite.yaml", "x" * 1_000_001, "larger than 1000000 bytes"),
        ("suite.yaml", b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_files_that_cannot_be_read_say_why(
    tmp_path: Path, name: str, content: str | bytes | None, problem: str
) -> None:
    """The message starts with the name of the file."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ConfigError, match=f"^{path}: .*{problem}"):
        load_suite(path)


def test_an_error_without_a_hint_has_none() -> None:
    """The hint is text all the same, for those who show it by itself."""
    with pytest.raises(ConfigError) as caught:
        _suite("tasks: {t: 5}")

    assert caught.value.hint == ""
    assert str(caught.value).endswith("got `int`")


def test_the_places_that_a_suite_names_are_its_rules() -> None:
    """One place or several; a suite that names none looks in every known place."""
    task = "tasks: {t: {scorers: [demo.plain]}}\n"
    named = _suite(task + "read: {completion: out, reference: [a, b.c], tool_calls: all_turns}").rules

    assert (named.completion, named.reference, named.id) == (("out",), ("a", "b.c"), ())
    assert named.reads_all_turns
    assert _suite(task).rules is DEFAULT_RULES


@pytest.mark.parametrize("method", get_args(Method))
def test_each_method_accepts_the_weights_that_it_uses(method: Method) -> None:
    """Of 0, that would leave an entry out; and below 0, that make it a penalty."""
    for weight, is_accepted in zip((0, -1), WEIGHTS_ACCEPTED[method], strict=True):
        text = PENALTY.replace("-1", str(weight)).replace("METHOD", method)
        if is_accepted:
            assert _suite(text).tasks["t"].entries[1].weight == weight
        else:
            with pytest.raises(ConfigError, match=r"tasks\.t\.scorers\[1\]\.weight"):
                _suite(text)


@pytest.mark.parametrize("method", get_args(Method))
def test_an_entry_of_weight_zero_may_be_a_gate_a_condition_or_a_metric(method: Method) -> None:
    """Methods that ignore weights accept weight 0 only for an entry that has another use."""
    entries = "{scorer: demo.plain, name: a}, {scorer: demo.plain, name: b, weight: 0"
    gate, condition = f"[{entries}, gate: 1}}]", f"[{entries}}}, {{scorer: demo.plain, name: c, when: b}}]"

    for scorers in (gate, condition):
        assert len(_suite(f"tasks: {{t: {{scorers: {scorers}, aggregate: {method}}}}}").tasks["t"].entries) in {2, 3}


@pytest.mark.parametrize("range_", ["[0, 1]", "[-1, 1]"])
def test_a_penalty_is_accepted_under_sum(range_: str) -> None:
    """Alone too, if the range has something below 0."""
    suite = _suite(PENALTY.replace("METHOD", f"sum, range: {range_}"))
    alone = _suite("tasks: {t: {scorers: [{scorer: demo.plain, weight: -1}], aggregate: sum, range: [-1, 0]}}")

    assert [entry.is_penalty for entry in suite.tasks["t"].entries] == [False, True]
    assert score_rows(alone, [{"completion": "x"}]).rewards[0].value == -1.0


class FileOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options that name files."""

    one: SuiteFile | None = None
    several: tuple[SuiteFile, ...] = ()


FILES = {
    "files": scorer(options=FileOptions, reads=(), bounded=True)(lambda _record, options: len(options.one.text) / 10)
}


def _suite_of_file(folder: Path, name: str) -> Suite:
    text = json.dumps({"tasks": {"t": {"scorers": [{"scorer": "demo.files", "options": {"one": name}}]}}})
    (folder / "suite.json").write_text(text)
    return load_suite(folder / "suite.json", registry_of(demo=FILES))


def test_files_are_looked_for_beside_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the current folder; links and absolute names work."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "suites" / "rules.txt").write_text("12345")
    (tmp_path / "here" / "rules.txt").write_text("wrong")
    (tmp_path / "suites" / "link.txt").symlink_to("rules.txt")
    monkeypatch.chdir(tmp_path / "here")

    for name in ("rules.txt", "../suites/rules.txt", "link.txt", str(tmp_path / "suites" / "rules.txt")):
        suite = _suite_of_file(tmp_path / "suites", name)
        assert suite.files == (SuiteFile(name, b"12345"),)
        assert score_rows(suite, [{"completion": "x"}]).rewards[0].value == 0.5
    monkeypatch.chdir(tmp_path)
    relative = load_suite(Path("suites/suite.json"), registry_of(demo=FILES))
    assert relative.files[0].content == b"12345"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (lambda path: path.write_bytes(b"x" * 32_000_001), "is larger than 32000000 bytes"),
    ],
    ids=["absent", "folder", "pipe", "device", "large"],
)
def test_a_path_that_is_not_a_regular_file_is_an_error_and_not_a_hang(
    tmp_path: Path, make: Callable[[Path], object], problem: str
) -> None:
    """The error has the path in the suite."""
    make(tmp_path / "rules")
    with pytest.raises(ConfigError) as caught:
        _suite_of_file(tmp_path, "rules")

    assert caught.value.path == "tasks.t.scorers[0].options.one"
    assert f"{tmp_path / 'rules'}'" in str(caught.value)
    assert problem in str(caught.value)


def test_a_suite_that_is_not_a_file_refuses_relative_names(tmp_path: Path) -> None:
    """With a folder, they are accepted."""
    text = "tasks: {t: {scorers: [{scorer: demo.files, options: {several: [rules.txt]}}]}}"
    (tmp_path / "rules.txt").write_text("a")

    with pytest.raises(ConfigError, match=r"options\.several\[0\]|options\.several\[\.\.\.\].*give an absolute path"):
        parse_suite(text, registry=registry_of(demo=FILES))
    with pytest.raises(ConfigError, match="Expected the name of a file, got `int`"):
        parse_suite(text.replace("rules.txt", "1"), registry=registry_of(demo=FILES))
    assert len(parse_suite(text, folder=tmp_path, registry=registry_of(demo=FILES)).files) == 1


def test_the_content_of_a_file_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    """It is part of the keys of the cache too."""
    suites = []
    for content in ("a", "b", "a"):
        (tmp_path / "rules").write_text(content)
        suites.append(_suite_of_file(tmp_path, "rules"))
    keys = [suite.tasks["t"].entries[0].cache_key for suite in suites]

    assert suites[0].fingerprint == suites[2].fingerprint != suites[1].fingerprint
    assert keys[0] == keys[2] != keys[1]
    assert all(keys)


def test_a_suite_file_that_is_a_pipe_is_an_error_and_not_a_hang(tmp_path: Path) -> None:
    """The same holds for files that a suite names."""
    os.mkfifo(tmp_path / "suite.yaml")
    with pytest.raises(ConfigError, match="is not a regular file"):
        load_suite(tmp_path / "suite.yaml")


def test_a_plugin_error_says_where_it_is_needed() -> None:
    """The place is a note of the error."""
    with pytest.raises(PluginError) as caught:
        _suite("tasks: {t: {scorers: [nobody.knows]}}")

    assert caught.value.__notes__ == ["needed by inline suite: tasks.t.scorers[0].scorer"]


def test_the_fingerprint_changes_with_everything_that_decides_a_reward() -> None:
    """Among others, with options, weights and the version of a scorer."""
    texts = [
        "tasks: {t: {scorers: [demo.tuned]}}",
        "tasks: {t: {scorers: [{scorer: demo.tuned, options: {places: 3}}]}}",
        "tasks: {t: {scorers: [{scorer: demo.tuned, weight: 2}]}}",
    ]
    newer = {"tuned": scorer(options=Options, version="2", metrics=("found",))(lambda _record, _options: 1.0)}
    prints = [_suite(text).fingerprint for text in texts] + [suite_of(texts[0], demo=newer).fingerprint]

    assert len(set(prints)) == len(prints)
    assert prints[0] == _suite(texts[0]).fingerprint


TWO = "tasks: {math: {scorers: [demo.plain]}, code: {scorers: [demo.plain]}}\n"


@pytest.mark.parametrize(
    ("route", "columns", "task"),
    [
        ("", {"task": "code"}, "code"),
        ("", {"data_source": "math"}, "math"),
        ("", {"data_source": "other"}, None),
        ("route: {default: math}", {"data_source": "other"}, "math"),
        ("route: {tasks: {openai/gsm8k: math}}", {"data_source": "openai/gsm8k"}, "math"),
        ("route: {by: metadata.domain}", {"domain": "code"}, "code"),
        ("route: {by: [a, b.c]}", {"b": {"c": "code"}}, "code"),
        ("route: {by: domain}", {"task": "code"}, None),
        ("route: {by: domain}", {"domain": ["code"]}, None),
    ],
)
def test_records_are_routed_by_the_fields_that_the_suite_names(
    route: str, columns: dict[str, Any], task: str | None
) -> None:
    """Without names, `task` and `data_source` are read."""
    assert _suite(TWO + route).routed(a_record("x", **columns)).task == task


NONE = "no route: the row has neither `task` nor `data_source`, which would name its task; name the field that does by"


@pytest.mark.each(
    ("route", "columns", "problem"),
    [
        ("", {}, f"{NONE} `route: {{by: FIELD}}`, or give such rows a task by `route: {{default: math}}`"),
        (
            "",
            {"domain": "code"},
            f"{NONE} `route: {{by: domain}}`, or give such rows a task by `route: {{default: math}}`",
        ),
        ("", {"task": None}, f"{NONE} `route: {{by: FIELD}}`"),
        ("route: {by: kind}", {"task": "math"}, "no route: the row has no `kind`, which would name its task;"),
        ("route: {by: kind}", {"task": "math"}, "`route: {by: task}`"),
        ("", {"task": "Math"}, "no route: `task` is 'Math', and the tasks are math, code; did you mean 'math'?"),
        ("", {"task": " code\n"}, "`task` is ' code\\n', and the tasks are math, code; did you mean 'code'?"),
        ("", {"data_source": "maths"}, "`data_source` is 'maths', and the tasks are math, code; did you mean 'math'?"),
        ("", {"data_source": "DigitalLearningGmbH/MATH"}, "did you mean 'math'?"),
        ("", {"data_source": "code/math"}, "did you mean 'math'?"),
        ("", {"task": "x", "data_source": "mat"}, "`task` is 'x' and `data_source` is 'mat', and the tasks are"),
        ("", {"task": "x", "data_source": "mat"}, "did you mean 'math'?"),
        ("", {"task": "x"}, "name it in `route: {tasks: ...}`, or give such rows a task by `route: {default: math}`"),
        ("", {"task": ""}, "`task` is '', and"),
        ("", {"task": 7}, "`task` is of type int, not text"),
        ("", {"task": ["math"]}, "`task` is of type list, not text"),
        ("", {"task": "\ud800"}, "`task` is '\\ud800', and"),
        ("", {"task": "y" * 101}, f"`task` is '{'y' * 100}'..., and"),
        ("route: {tasks: {gsm8k: math}}", {"task": "gsm-8k"}, "did you mean 'gsm8k'?"),
        (
            "route: {by: [a.b, c]}",
            {"a": {"b": "cod"}},
            "`a.b` is 'cod', and the tasks are math, code; did you mean 'code'?",
        ),
    ],
)
def test_a_record_without_a_route_says_what_it_had_and_what_is_near(
    route: str, columns: dict[str, Any], problem: str
) -> None:
    """So that the remedy is one line in the suite."""
    record = _suite(TWO + route).routed(a_record("x", **columns))

    assert record.task is None
    assert problem in record.problem


def test_a_suite_of_many_tasks_shows_the_first_ten() -> None:
    """The nearest is found among all."""
    tasks = {f"subject_{number:03}": {"scorers": ["demo.plain"]} for number in range(300)}
    suite = parse_suite({"tasks": tasks}, registry=registry_of(demo=PLUGIN))

    problem = suite.routed(a_record("x", task="Subject 299")).problem
    assert "the tasks are subject_000, subject_001," in problem
    assert problem.endswith("subject_009, ...; did you mean 'subject_299'?")


WORDS = st.text(st.characters(), max_size=30) | st.sampled_from(["math", "MATH", "code", "a/math", "math-500", "Code_"])


@given(
    names=st.lists(WORDS, min_size=2, max_size=5, unique=True), value=WORDS | st.integers() | st.none() | JSON_VALUES
)
def test_routing_never_raises_and_a_problem_can_always_be_printed(names: list[str], value: Any) -> None:
    """For any names of tasks and any value; what routes has no problem."""
    route = Route(by=("task", "metadata.x.y"), tasks={}, default=None)
    record = a_record("x", task=value)
    found = route.task_of(record, names)

    assert found == (value if isinstance(value, str) and value in names else None)
    assert route.problem_of(record, ["t"]).isprintable()
    near = suggestion(value, names) if isinstance(value, str) else ""
    assert not near or near[len("did you mean '") : -len("'?")] in names


@pytest.mark.each("name", ["gsm8k", "Math", "big_bench", "humaneval-plus"])
@pytest.mark.each(
    "variant",
    [str.upper, str.lower, str.title, "openai/{}".format, "{} ".format, "{}s".format, "hf:org/{}".format, "x{}".format],
)
def test_names_in_the_shapes_that_data_sets_have_are_near(name: str, variant: Callable[[str], str]) -> None:
    """Another case, an organisation before it, a letter more."""
    assert suggestion(variant(name), ["unrelated", name, "other"]) == f"did you mean '{name}'?"


def test_the_only_task_takes_every_record() -> None:
    """A suite of one task needs no route."""
    assert _suite("tasks: {t: {scorers: [demo.plain]}}").routed(a_record("x", task="else")).task == "t"


def test_a_task_may_take_a_key_out_of_the_reference() -> None:
    """References may be objects with several keys."""
    suite = _suite("tasks: {t: {scorers: [demo.plain], reference_key: answer}}")

    assert suite.routed(a_record("x", {"answer": "42", "why": "w"})).reference == "42"
    assert suite.routed(a_record("x", {"why": "w"})).reference is None


def test_json_is_yaml_too() -> None:
    """An inline suite may have either format."""
    text = json.dumps({"tasks": {"t": {"scorers": ["demo.plain"]}}})

    assert parse_suite(text, registry=registry_of(demo=PLUGIN)).tasks["t"].entries[0].prepared == NoOptions()


# A plain scalar, and its value by the core schema of YAML 1.2; only booleans follow YAML 1.1.
PLAIN_SCALARS: Mapping[str, object] = {
    "1e-6": 1e-6,
    "1E6": 1e6,
    "1.e5": 1e5,
    "-2.5e+3": -2500.0,
    ".5": 0.5,
    "5.": 5.0,
    "+7": 7,
    "017": 17,
    "08": 8,
    "0o17": 15,
    "0x1F": 31,
    "0o8": "0o8",
    "-0x1": "-0x1",
    "0b11": "0b11",
    "1_000": "1_000",
    "1_000.5": "1_000.5",
    "12:30": "12:30",
    "190:20:30.15": "190:20:30.15",
    "2024-01-01": "2024-01-01",
    "=": "=",
    "1e": "1e",
    "e5": "e5",
    "+": "+",
    "1.5.2": "1.5.2",
    ".inf": math.inf,
    "-.INF": -math.inf,
    "inf": "inf",
    "nan": "nan",
    "yes": True,
    "Off": False,
    "true": True,
    "n": "n",
    "~": None,
    "null": None,
    "": None,
    "'1'": "1",
    "!!float 5": 5.0,
    "!!float .inf": math.inf,
    "!!int 0o17": 15,
    "!!str 1e-6": "1e-6",
}


@pytest.mark.each("text", PLAIN_SCALARS)
def test_numbers_in_yaml_are_those_of_yaml_1_2(text: str) -> None:
    """Also in a flow, and as the value of a merged mapping."""
    value = PLAIN_SCALARS[text]
    shapes = (f"a: {text}", f"{{a: {text} }}", f"b: &b {{a: {text} }}\n<<: *b")
    read = [parse_text(shape, "s", ".yaml")["a"] for shape in shapes]

    assert read == [value] * 3
    assert {type(each) for each in read} == {type(value)}


@pytest.mark.parametrize("text", ["!!int 1_000", "!!int ''", "!!float x", "!!float 1_0.0", "!!float 1:30"])
def test_a_tag_does_not_make_a_number_of_another_text(text: str) -> None:
    """The error names the line."""
    with pytest.raises(ConfigError, match=r"line 2, column 4: is not YAML: .* is not an? (integer|number)"):
        parse_text(f"b: 1\na: {text}", "s", ".yaml")


@given(value=JSON_VALUES, indent=st.sampled_from([None, 1, "\t"]), is_ascii=st.booleans())
def test_json_is_read_as_json_under_every_name(value: object, indent: str | int | None, *, is_ascii: bool) -> None:
    """YAML alone would read escapes of surrogate pairs, tabs and some numbers differently."""
    text = json.dumps({"a": value}, indent=indent, ensure_ascii=is_ascii)

    for suffix in (".yaml", ".yml", ".json"):
        assert repr(parse_text(text, "s", suffix)["a"]) == repr(value)


@given(number=st.floats(allow_nan=False, allow_infinity=False) | st.integers(), form=st.sampled_from(["r", "e", "E"]))
def test_a_number_means_the_same_in_yaml_and_json(number: float, form: str) -> None:
    """For every form that JSON allows."""
    text = repr(number) if form == "r" else f"{number:.17{form}}"

    assert parse_text(f"a: {text}", "s", ".yaml")["a"] == json.loads(text)


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"tasks": 1, "tasks": 2}', "key 'tasks' is repeated"),
        ('{"tasks": {"t": {"a": 1, "a": 1}}}', "key 'a' is repeated"),
        ('{"tasks": NaN}', "NaN is not a number of JSON"),
        ('{"tasks": -Infinity}', "-Infinity is not a number of JSON"),
    ],
)
def test_json_that_is_ambiguous_or_not_json_is_refused(suffix: str, text: str, problem: str) -> None:
    """Whatever the name of the file."""
    with pytest.raises(ConfigError, match=problem):
        parse_text(text, "s", suffix)


def test_an_error_in_json_names_the_line() -> None:
    """As in YAML; text that only starts like JSON is YAML."""
    with pytest.raises(ConfigError, match=r"^s: line 2, column 6: is not JSON: Expecting value"):
        parse_text('{"a": 1,\n"b": }', "s", ".json")

    assert parse_text("{a: 1e-6, b: [x]}", "s", ".yaml") == {"a": 1e-6, "b": ["x"]}


def test_a_suite_may_be_given_as_a_dict() -> None:
    """Tuples and other mappings are accepted; it is the suite of the same JSON text."""
    entry = MappingProxyType({"scorer": "demo.tuned", "options": {"places": 3, "mode": "é \ud800"}})
    suite = parse_suite({"tasks": {"t": {"scorers": (entry,), "range": (0, 2)}}}, registry=registry_of(demo=PLUGIN))
    again = parse_suite(suite.text, suffix=".json", registry=registry_of(demo=PLUGIN))

    assert (suite.suffix, suite.source) == (".json", "inline suite")
    assert suite.tasks["t"].entries[0].prepared == Options(places=3, mode="é \ud800")
    assert suite.fingerprint == again.fingerprint


CYCLE: list[object] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.nan, "of type float that JSON does not have (it must be finite)"),
        (-math.inf, "of type float that JSON does not have (it must be finite)"),
        ({1, 2}, "of type set that JSON does not have"),
        (b"x", "of type bytes that JSON does not have"),
        (Path("a.json"), "str(path)"),
        (10**5_000, "of type int that JSON does not have"),
        (object(), "of type object that JSON does not have"),
    ],
    ids=["nan", "infinity", "set", "bytes", "path", "long integer", "object"],
)
def test_a_value_that_json_does_not_have_is_named_by_its_path(value: object, words: str) -> None:
    """It is an error of the suite, and not one of a library."""
    entry = {"scorer": "demo.tuned", "options": {"places": [0, value]}}
    with pytest.raises(ConfigError) as caught:
        parse_suite({"tasks": {"t": {"scorers": [entry]}}}, source="mine")

    assert (caught.value.file, caught.value.path) == ("mine", "tasks.t.scorers[0].options.places[1]")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"tasks": {1: {}}}, "mine: tasks: key 1 is not text"),
        ({"tasks": CYCLE}, "is nested deeper than 100 levels"),
        (Path("suite.yaml"), "use load_suite(path) for a file"),
        (b"tasks: {}", "Expected text or a mapping, got `bytes`"),
    ],
)
def test_other_types_than_text_and_dicts_are_refused_with_the_remedy(text: Any, words: str) -> None:
    """A path is the usual mistake."""
    with pytest.raises(ConfigError, match=re.escape(words)):
        parse_suite(text, source="mine")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("workers: {memory_megabytes: 64}", "it is `memory_mb` now"),
        ("workers: {recycle_megabytes: 64}", "it is `recycle_mb` now"),
        ("cache: {megabytes: 64}", "it is `memory_mb` now"),
    ],
)
def test_a_former_name_is_refused_with_the_present_one(section: str, words: str) -> None:
    """A suite of an older rlvr says what to change."""
    with pytest.raises(ConfigError, match=words):
        _suite("tasks: {t: {scorers: [demo.plain]}}\n" + section)


@pytest.mark.parametrize(
    ("scorer_id", "options", "words"),
    [
        ("text.exact", {"case": True}, "`letter_case`"),
        ("text.contains", {"case": True}, "`letter_case`"),
        ("schema.fields", {"unordered": ["/a"]}, "`ordered: {PATH: false}`"),
        ("compliance.instructions", {"pay": "share"}, "`partial`, true for the share"),
        ("compliance.patterns", {"rules": [{"id": "a", "tier": "must", "unless_before": "x"}]}, "`not_followed_by`"),
        ("compliance.patterns", {"rules": [{"id": "a", "tier": "must", "unless_behind": "x"}]}, "`not_preceded_by`"),
        ("compliance.patterns", {"rules": [{"id": "a", "tier": "must", "views": "all"}]}, "`disguises`"),
        ("code.tests", {"pay": "fraction"}, "`partial`, true for the share"),
        ("code.tests", {"block": "last"}, "`answer`"),
    ],
)
def test_a_former_name_of_an_option_is_refused_with_the_present_one(
    scorer_id: str, options: dict[str, Any], words: str
) -> None:
    """This includes options inside a rule of a list."""
    text = json.dumps({"tasks": {"t": {"scorers": [{"scorer": scorer_id, "options": options}]}}})
    with pytest.raises(ConfigError) as caught:
        parse_suite(text, suffix=".json")

    assert caught.value.hint == f"it is {words} now"


def test_a_suite_knows_where_its_text_came_from(tmp_path: Path) -> None:
    """For processes that load it again, and for people."""
    (tmp_path / "suite.toml").write_text('[tasks.t]\nscorers = ["demo.plain"]')
    suite = load_suite(tmp_path / "suite.toml", registry_of(demo=PLUGIN))
    inline = parse_suite("tasks: {t: {scorers: [demo.plain]}}", revision="7", registry=registry_of(demo=PLUGIN))

    assert (suite.source, suite.suffix, suite.revision) == (str(tmp_path / "suite.toml"), ".toml", "")
    assert suite.text == '[tasks.t]\nscorers = ["demo.plain"]'
    assert suite.given.folder == str(tmp_path)
    assert (inline.source, inline.suffix, inline.revision, inline.given.folder) == ("inline suite", ".yaml", "7", None)


PICKLED = (
    "tasks: {t: {scorers: [{scorer: schema.json, options: {schema_file: s.json}}]},"
    " u: {scorers: [{scorer: text.exact, weight: 1e-1}]}}\nroute: {default: u}\nworkers: {count: 1}"
)
PICKLED_ROWS = [
    {"task": "t", "completion": '{"a": 1}'},
    {"task": "t", "completion": '{"a": "x"}'},
    {"completion": "x", "answer": "x"},
]


@pytest.fixture
def suite_without_files(tmp_path: Path) -> Suite:
    """A suite whose file, and the schema that it names, are gone once it is loaded."""
    (tmp_path / "suite.yaml").write_text(PICKLED)
    (tmp_path / "s.json").write_text('{"properties": {"a": {"type": "integer"}}, "required": ["a"]}')
    suite = load_suite(tmp_path / "suite.yaml")
    shutil.rmtree(tmp_path)
    return suite


def test_a_suite_can_be_sent_to_another_process(suite_without_files: Suite) -> None:
    """It is loaded there from its content, and its report can be sent back."""
    expected = score_rows(suite_without_files, PICKLED_ROWS)
    close(suite_without_files)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        report = pool.submit(score_rows, suite_without_files, PICKLED_ROWS).result()

    assert [reward.value for reward in report.rewards] == [1.0, 0.0, 1.0]
    assert [reward.metrics for reward in report.rewards] == [reward.metrics for reward in expected.rewards]
    assert report.fingerprint == suite_without_files.fingerprint


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda suite: pickle.loads(pickle.dumps(suite))])  # noqa: S301
def test_a_copy_of_a_suite_is_a_suite_of_its_own(copied: Callable[[Suite], Suite], suite_without_files: Suite) -> None:
    """With the same content, and with a cache, workers and a circuit breaker of its own."""
    resource = suite_without_files.resource("mine", object)
    again = copied(copied(suite_without_files))

    assert (again.fingerprint, again.given) == (suite_without_files.fingerprint, suite_without_files.given)
    assert again.files == suite_without_files.files
    assert (again.tasks["t"].entries[0].cache_key, again.metric_names) == (
        suite_without_files.tasks["t"].entries[0].cache_key,
        suite_without_files.metric_names,
    )
    assert not again.has_resource("mine")
    assert suite_without_files.resource("mine", object) is resource


def test_workers_see_the_files_that_the_suite_was_loaded_with(tmp_path: Path) -> None:
    """Even if a file changes before the first worker starts; the fingerprint would not show it."""
    (tmp_path / "suite.yaml").write_text("tasks: {t: {scorers: [{scorer: schema.json, options: {schema_file: s}}]}}")
    (tmp_path / "s").write_text('{"type": "integer"}')
    suite = load_suite(tmp_path / "suite.yaml")
    (tmp_path / "s").write_text('{"type": "string"}')

    given = msgspec.json.decode(msgspec.json.encode(suite.given), type=SuiteText)
    assert reload_suite(given, None).fingerprint == suite.fingerprint
    assert score_rows(reload_suite(given, None), [{"completion": "1"}]).rewards[0].value == 1.0


def test_a_deep_copy_keeps_the_plugins_of_this_process() -> None:
    """In a container too, where one suite stays one suite."""
    suite = _suite("tasks: {t: {scorers: [demo.plain]}}")
    first, second = copy.deepcopy([suite, suite])

    assert first is second is not suite
    assert first.registry is suite.registry
    assert score_rows(first, [{"completion": "x"}]).rewards[0].value == 1.0


def test_a_suite_of_plugins_that_are_not_installed_cannot_be_pickled_and_says_what_to_do() -> None:
    """The other process would not find them."""
    with pytest.raises(pickle.PicklingError, match=r"inline suite.*\(demo\).*entry point in the group `rlvr`, or load"):
        pickle.dumps(_suite("tasks: {t: {scorers: [demo.plain]}}"))


def test_contents_of_files_may_be_given_with_the_text() -> None:
    """For a suite that is not a file; other relative names are refused as before."""
    text = "tasks: {t: {scorers: [{scorer: demo.files, options: {one: a.txt, several: [a.txt, b.txt]}}]}}"
    registry = registry_of(demo=FILES)
    suite = parse_suite(text, files={"a.txt": b"12345", "b.txt": b"", "c.txt": b"unused"}, registry=registry)

    assert suite.files == (SuiteFile("a.txt", b"12345"), SuiteFile("a.txt", b"12345"), SuiteFile("b.txt", b""))
    assert suite.given.files == {"a.txt": b"12345", "b.txt": b""}
    with pytest.raises(ConfigError, match=r"b\.txt.*give an absolute path"):
        parse_suite(text, files={"a.txt": b""}, registry=registry)


@pytest.mark.parametrize(("action", "alarm"), [("", False), ("action: raise", False), ("action: zero", True)])
def test_only_a_breaker_that_zeroes_has_an_alarm(action: str, *, alarm: bool) -> None:
    """And with it the metric `rlvr/alarm` in every record."""
    breaker = f"\nfail_fast: {{fault_share: 0.5, {action}}}" if action else ""
    suite = _suite("tasks: {t: {scorers: [demo.plain]}}" + breaker)
    names = [metric.name for metric in score_rows(suite, [{"completion": "x"}]).rewards[0].metrics]

    assert suite.has_alarm == alarm
    assert ("rlvr/alarm" in names) == alarm


@pytest.mark.parametrize(("ranges", "whole"), [(("[0, 1]", "[-1, 0.5]"), (-1, 1)), (("[2, 3]", "[1, 5]"), (1, 5))])
def test_the_range_of_a_suite_spans_those_of_its_tasks(ranges: tuple[str, str], whole: tuple[float, float]) -> None:
    """For the histogram, and for alarms."""
    tasks = ", ".join(f"t{place}: {{scorers: [demo.plain], range: {each}}}" for place, each in enumerate(ranges))

    assert _suite(f"tasks: {{{tasks}}}").range == whole
