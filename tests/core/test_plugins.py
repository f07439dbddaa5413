"""Find, load and check: each error affects one plugin."""

import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rlvr import PluginError, Registry, ScorerFactory, hookimpl, scorer
from rlvr.distributions import Announced
from rlvr.errors import PluginClashError, PluginLoadError, PluginMissingError, ScorerFaultError, ScorerMissingError
from rlvr.plugins import FoundPlugin, find
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


def _offering(offer: object) -> ModuleType:
    @hookimpl
    def scorers() -> object:
        return {"eq": offer}

    return _module(scorers=scorers)


class Scores:
    """An object that scores."""

    def score(self, _record: object, _options: object) -> float:
        """Score a record."""
        return 1.0


class Grouped:
    """An object that scores groups by a function."""

    def __init__(self, score_group: object) -> None:
        self.score_group = score_group


class Declared(Scores):
    """An object that declares something."""

    def __init__(self, **declared: object) -> None:
        vars(self).update(declared)


@pytest.mark.parametrize("offer", ["rlvr_text.exact:exact", lambda: _good, Scores, lambda: Scores().score])
def test_a_scorer_is_offered_by_its_place_or_by_a_factory(offer: object) -> None:
    """A class is a factory, too."""
    assert callable(registry_of(demo=_offering(offer)).scorer("demo.eq").scorer.score)


def test_a_place_is_imported_when_the_scorer_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not imported when the plugin is found or listed."""
    (tmp_path / "heavy_scorers.py").write_text("def heavy(record, options): return 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = registry_of(demo=_offering("heavy_scorers:heavy"))
    ids = registry.scorer_ids()

    assert (ids, "heavy_scorers" in sys.modules) == (("demo.eq",), False)
    assert registry.scorer("demo.eq").id == "demo.eq"
    assert "heavy_scorers" in sys.modules


def test_a_factory_given_to_the_kit_is_refused_as_a_scorer() -> None:
    """Otherwise each record would fail."""
    with pytest.raises(PluginLoadError, match="give the scorer itself here"):
        suite_of("tasks: {t: {scorers: [x.s]}}", x={"s": lambda: scorer(_good)})


@pytest.mark.each(
    ("module", "problem"),
    [
        (_module(scorers=_scorers_raising), "its hook `scorers` raised ValueError: no licence"),
        (_module(scorers=_scorers_of_the_wrong_type), "returned list, not a mapping"),
        (_module(scorers=_scorers_badly_named), "offers a scorer named 'Eq-1'"),
        (_module(scorers=_scorers_not_callable), "offers 'eq' as int"),
        (
            _offering(scorer(_good)),
            "offers 'eq' as the scorer itself; return its place, such as 'package.module:eq', or",
        ),
        (_offering(Scores()), "offers 'eq' as the scorer itself"),
        (_offering(_good), "offers 'eq' as a function that needs arguments; return its place"),
        (_offering("not a place"), "offers 'eq' as the text 'not a place', which is not the place of a scorer"),
        (_offering("no_such_module:eq"), "making scorer 'bad.eq' raised ModuleNotFoundError"),
        (_offering("math:eq"), "making scorer 'bad.eq' raised AttributeError"),
        (_offering("math:pi"), "making scorer 'bad.eq' raised TypeError: 3.14"),
        (_offering(lambda: lambda: _good), "does not take two arguments; a scorer takes (record, options); a factory"),
        (_offering(lambda: lambda record: 1.0), "does not take two arguments; a scorer takes (record, options)"),
        (_offering(lambda: Grouped(lambda records: [])), "a scorer takes (records, options)"),
        (_offering(lambda: Declared(needs="reference")), "`needs` is 'reference', not a tuple of names"),
        (_module(scorers=_scorers_unmade), "making scorer 'bad.eq' raised ImportError: no module named sympy"),
        (_module(scorer=_misspelt), "the hooks are: scorers, batch_finished, honest, attacks, doctor"),
        (_module(scorers=_unmarked), "mark its function `scorers` with @rlvr.hookimpl"),
    ],
)
def test_each_broken_plugin_has_its_own_error_and_affects_no_other(module: ModuleType, problem: str) -> None:
    """The error names the plugin, its distribution and the next step."""
    registry = registry_of(bad=module, good={"eq": _good})

    with pytest.raises(PluginLoadError) as caught:
        registry.scorer("bad.eq")

    assert "plugin 'bad' of rlvr-bad 0: " in str(caught.value)
    assert problem in str(caught.value)
    assert registry.scorer("good.eq").distribution == "rlvr-good"
    assert "good.eq" in registry.scorer_ids()


def test_a_plugin_that_cannot_be_imported_names_the_exception() -> None:
    """This includes SystemExit."""
    point = Announced("bad", "no_such_module_of_anyone", "rlvr-bad", "1")

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
    """The type of each declaration is checked."""
    made = type("Made", (), {"score": staticmethod(_good), **declarations})()

    with pytest.raises(PluginLoadError, match=problem):
        registry_of(bad={"eq": made}).scorer("bad.eq")


def test_two_distributions_of_one_name_clash_by_name() -> None:
    """None of them wins silently."""
    one, other = (registry_of(eq={"x": _good}).plugins_named("eq")[0] for _ in range(2))
    other = FoundPlugin(name="eq", distribution="rlvr-eq-fork", version="2", entry_point=other.entry_point)

    with pytest.raises(PluginClashError, match="offered by rlvr-eq 0 and rlvr-eq-fork 2; uninstall all but one"):
        Registry({"eq": (one, other)}).plugin("eq")


def test_a_missing_plugin_names_the_installed_ones_and_the_one_to_install() -> None:
    """It mentions layers without the metadata of distributions."""
    with pytest.raises(PluginMissingError, match=r"installed: good.*pip install rlvr-maths.*dist-info"):
        registry_of(good={"eq": _good}).plugin("maths")


def test_a_missing_scorer_names_the_existing_ones() -> None:
    """It lists the scorers of the same plugin."""
    with pytest.raises(ScorerMissingError, match=r"rlvr-good 0 offers no scorer 'good.exact'; it offers: good.eq"):
        registry_of(good={"eq": _good}).scorer("good.exact")


def test_only_the_plugins_that_the_suite_names_are_imported() -> None:
    """A suite of math does not import the plugin for code."""
    suite = suite_of("tasks: {t: {scorers: [good.eq]}}", good={"eq": _good}, bad=_module(scorers=_scorers_raising))

    assert suite.tasks["t"].entries[0].installed.id == "good.eq"


def test_the_bundled_plugins_are_found() -> None:
    """They are found by their entry points, as all plugins are."""
    registry = Registry()

    assert {"math", "text"} <= set(registry.names)
    assert {"math.equivalent", "text.exact"} <= set(registry.scorer_ids())


def test_observers_see_the_batch_and_cannot_break_it() -> None:
    """An exception is reported, and the next observer is still called."""
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
    """An exception is the finding; the hook is optional."""

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
    """Tests can compare whole errors; errors can be pickled."""
    error = PluginMissingError("a", ("b",))

    assert error == PluginMissingError(plugin="a", installed=("b",)) == pickle.loads(pickle.dumps(error))  # noqa: S301
    assert isinstance(error, PluginError)
    assert error != PluginMissingError("a", ())
    assert len({error, PluginMissingError("a", ("b",))}) == 1
    assert ScorerFaultError("p", 1, 2, (), "one") == ScorerFaultError("p", 1, 2, (), "other")


@pytest.mark.parametrize(("values", "named"), [((), {}), (("a",), {}), (("a", (), "x"), {}), (("a", ()), {"x": 1})])
def test_errors_take_their_fields_and_no_others(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """A wrong call is a TypeError that names the fields."""
    with pytest.raises(TypeError, match="takes plugin, installed"):
        PluginMissingError(*values, **named)
