"""Find, load and check: each trouble is one plugin's own."""

import importlib
import pickle
from collections.abc import Mapping
from importlib.metadata import EntryPoint, version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rlvr import PluginError, Registry, ScorerFactory, hookimpl
from rlvr.errors import PluginClashError, PluginLoadError, PluginMissingError, ScorerFaultError, ScorerMissingError
from rlvr.plugins import FoundPlugin, code_digest, dependency_versions, find
from rlvr.testing import registry_of, suite_of


def _good(_record: object, _options: object) -> float:
    return 1.0


def _module(**hooks: object) -> ModuleType:
    module = ModuleType("a_plugin")
    for name, hook in hooks.items():
        setattr(module, name, hook)
    return module


@hookimpl
def _scorers_raising() -> Mapping[str, ScorerFactory]:
    raise ValueError("no licence")


@hookimpl
def _scorers_of_the_wrong_type() -> object:
    return ["eq"]


@hookimpl
def _scorers_badly_named() -> object:
    return {"Eq-1": lambda: _good}


@hookimpl
def _scorers_not_callable() -> object:
    return {"eq": 5}


@hookimpl
def _scorers_unmade() -> object:
    def factory() -> object:
        raise ImportError("no module named sympy")

    return {"eq": factory}


@hookimpl
def _misspelt() -> object:
    return {}


def _unmarked() -> object:
    return {"eq": lambda: _good}


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        (_module(scorers=_scorers_raising), "its hook `scorers` raised ValueError: no licence"),
        (_module(scorers=_scorers_of_the_wrong_type), "returned list, not a mapping"),
        (_module(scorers=_scorers_badly_named), "offers a scorer named 'Eq-1'"),
        (_module(scorers=_scorers_not_callable), "offers 'eq' as int"),
        (_module(scorers=_scorers_unmade), "making scorer 'bad.eq' raised ImportError: no module named sympy"),
        (_module(scorer=_misspelt), "the hooks are: scorers, batch_finished, doctor"),
        (_module(scorers=_unmarked), "mark its function `scorers` with @rlvr.hookimpl"),
    ],
)
def test_each_broken_plugin_has_its_own_error_and_stops_nobody_else(module: ModuleType, problem: str) -> None:
    """The error names the plugin, its distribution and the next step."""
    registry = registry_of(bad=module, good={"eq": _good})

    with pytest.raises(PluginLoadError) as caught:
        registry.scorer("bad.eq")

    assert "plugin 'bad' of rlvr-bad 0: " in str(caught.value)
    assert problem in str(caught.value)
    assert registry.scorer("good.eq").distribution == "rlvr-good"
    assert "good.eq" in registry.scorer_ids()


def test_a_plugin_that_cannot_be_imported_names_what_it_raised() -> None:
    """Even if it ends the interpreter."""
    point = EntryPoint("bad", "no_such_module_of_anyone", "rlvr")

    with pytest.raises(PluginLoadError, match="importing no_such_module_of_anyone raised ModuleNotFoundError"):
        Registry(find([point])).plugin("bad")


@pytest.mark.parametrize(
    ("declarations", "problem"),
    [
        ({"options": dict}, "not a msgspec.Struct class"),
        ({"needs": [1]}, "`needs` is"),
        ({"budget_seconds": 0}, "not a positive number"),
        ({"budget_seconds": "5"}, "not a positive number"),
        ({"score": 5}, "neither callable nor has a method"),
    ],
)
def test_wrong_declarations_are_found_before_the_first_record(declarations: dict[str, object], problem: str) -> None:
    """By the type of the thing declared."""
    made = type("Made", (), {"score": staticmethod(_good), **declarations})()

    with pytest.raises(PluginLoadError, match=problem):
        registry_of(bad={"eq": made}).scorer("bad.eq")


def test_two_distributions_of_one_name_clash_by_name() -> None:
    """Neither wins silently."""
    one, other = (registry_of(eq={"x": _good}).announced("eq")[0] for _ in range(2))
    other = FoundPlugin(name="eq", distribution="rlvr-eq-fork", version="2", entry_point=other.entry_point)

    with pytest.raises(PluginClashError, match="offered by rlvr-eq 0 and rlvr-eq-fork 2; uninstall all but one"):
        Registry({"eq": (one, other)}).plugin("eq")


def test_a_missing_plugin_says_what_is_installed_and_what_to_install() -> None:
    """And warns of a slimmed layer."""
    with pytest.raises(PluginMissingError, match=r"installed: good.*pip install rlvr-maths.*dist-info"):
        registry_of(good={"eq": _good}).plugin("maths")


def test_a_missing_scorer_says_what_there_is() -> None:
    """Of the same plugin."""
    with pytest.raises(ScorerMissingError, match=r"rlvr-good 0 offers no scorer 'good.exact'; it offers: good.eq"):
        registry_of(good={"eq": _good}).scorer("good.exact")


def test_only_the_plugins_that_the_suite_names_are_imported() -> None:
    """A function that scores math never imports the code plugin."""
    suite = suite_of("tasks: {t: {scorers: [good.eq]}}", good={"eq": _good}, bad=_module(scorers=_scorers_raising))

    assert suite.tasks["t"].entries[0].installed.id == "good.eq"


def test_the_bundled_plugins_are_found() -> None:
    """Through their entry points, as strangers' are."""
    registry = Registry()

    assert {"math", "text"} <= set(registry.names)
    assert {"math.equivalent", "text.exact"} <= set(registry.scorer_ids())


def test_observers_see_the_batch_and_cannot_break_it() -> None:
    """What one raises is told, and the next is still called."""
    seen: list[object] = []

    @hookimpl
    def batch_finished(report: object) -> None:
        seen.append(report)

    @hookimpl
    def breaking(report: object) -> None:
        raise ValueError("observer")

    registry = registry_of(a=_module(batch_finished=breaking), b=_module(batch_finished=batch_finished))
    for name in registry.names:
        registry.plugin(name)

    assert registry.batch_finished("report") == ["plugin 'a': batch_finished raised ValueError: observer"]
    assert seen == ["report"]


def test_plugins_examine_the_machine() -> None:
    """What breaks is the finding, and a plugin need not."""

    @hookimpl
    def doctor() -> dict[str, str]:
        return {"kernel": "on"}

    @hookimpl
    def breaking() -> dict[str, str]:
        raise OSError("no kernel")

    @hookimpl
    def scorers() -> dict[str, Any]:
        return {}

    def unmarked() -> dict[str, str]:
        return {"never": "asked"}

    registry = registry_of(
        a=_module(doctor=doctor), b=_module(doctor=breaking), c=_module(doctor=unmarked, scorers=scorers)
    )

    assert registry.doctor("a") == {"kernel": "on"}
    assert registry.doctor("b") == {"doctor": "raised OSError: no kernel"}
    assert registry.doctor("c") == {}


def test_errors_compare_by_their_fields() -> None:
    """So that tests compare whole errors; and they pass between processes."""
    error = PluginMissingError("a", ("b",))

    assert error == PluginMissingError(plugin="a", installed=("b",)) == pickle.loads(pickle.dumps(error))  # noqa: S301
    assert isinstance(error, PluginError)
    assert error != PluginMissingError("a", ())
    assert len({error, PluginMissingError("a", ("b",))}) == 1
    assert ScorerFaultError("p", 1, 2, (), "one") == ScorerFaultError("p", 1, 2, (), "other")


@pytest.mark.parametrize(("values", "named"), [((), {}), (("a",), {}), (("a", (), "x"), {}), (("a", ()), {"x": 1})])
def test_errors_take_their_fields_and_no_others(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """A wrong call is the programmer's error, told with the fields."""
    with pytest.raises(TypeError, match="takes plugin, installed"):
        PluginMissingError(*values, **named)


def test_versions_are_those_of_what_a_distribution_requires() -> None:
    """Without extras, which a laptop has and a layer has not; what is not installed has no version."""
    found = dependency_versions(["rlvr", "no-such-distribution"])

    assert found == {
        "no-such-distribution": "",
        **{name.lower(): version(name) for name in ("rlvr", "msgspec", "pluggy", "PyYAML")},
    }


def test_an_edit_of_a_plugin_changes_the_digest_of_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nobody raised a version; a package without source has none."""
    package = tmp_path / "edited_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("A = 1")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("edited_plugin")
    before = code_digest.__wrapped__("edited_plugin")
    (package / "__init__.py").write_text("A = 2")

    assert len({before, code_digest.__wrapped__("edited_plugin"), code_digest.__wrapped__("absent")}) == 3
