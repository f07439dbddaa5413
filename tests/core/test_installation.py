"""What is installed, told for a bug report: ``rlvr version``, ``rlvr doctor`` and the completion of shells."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from rlvr.cli import distributions, doctor
from rlvr.cli.app import app
from rlvr.cli.distributions import Extra, extras, libraries, own_distributions
from rlvr.distributions import Announced, how_to_install


def _doctor(*arguments: object) -> tuple[int, dict[str, dict[str, str]]]:
    result = CliRunner().invoke(app, ["doctor", *map(str, arguments), "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no plugin be examined: some start a process, which takes longer than all of core."""
    monkeypatch.setattr("rlvr.cli.doctor.Registry", lambda: SimpleNamespace(names=()))


def test_the_version_alone() -> None:
    """One line, or one value."""
    assert CliRunner().invoke(app, ["version"]).stdout == f"rlvr {metadata.version('rlvr')}\n"
    assert json.loads(CliRunner().invoke(app, ["version", "--json"]).stdout) == {"rlvr": metadata.version("rlvr")}


def test_all_versions_are_those_of_the_installation() -> None:
    """Of each distribution of rlvr, and of each library, in the part for those with machine code or the other."""
    found = json.loads(CliRunner().invoke(app, ["version", "--all", "--json"]).stdout)
    named = found["distributions"] | found["native_libraries"] | found["other_libraries"]

    assert {"rlvr", "rlvr-math", "rlvr-handler", "rlvr-aws"} <= found["distributions"].keys()
    assert {"msgspec", "python-flint"} <= found["native_libraries"].keys()
    assert {"pluggy", "sympy"} <= found["other_libraries"].keys()
    assert named == {name: metadata.version(name) for name in named}
    assert not found["distributions"].keys() & found["other_libraries"].keys()
    shown = CliRunner().invoke(app, ["version", "--all"]).stdout
    assert all(f"{name} {version}" in shown for name, version in named.items())


def test_nothing_is_listed_that_no_distribution_of_rlvr_requires() -> None:
    """Such as the tools of this repository."""
    names = {each.name.lower() for each in libraries()}

    assert not names & {"pytest", "mypy", "ruff", "import-linter"}
    assert "rlvr" not in names


def test_spellings_of_a_name_are_one_name() -> None:
    """No library is listed twice, and all are found, whatever separates their words."""
    names = [each.name.lower().replace("_", "-").replace(".", "-") for each in libraries()]

    assert len(names) == len(set(names))


def test_doctor_examines_core_extras_and_commands() -> None:
    """And each plugin that asks for it."""
    status, found = _doctor()

    assert found["rlvr"]["worker processes"] == "on"
    assert {"rlvr[tables]", "rlvr-schema[openapi]", "command aws"} <= found["rlvr"].keys()
    assert found["schema"].keys() == {"jsonschema-rs"}
    assert found["compliance"].keys() == {"google-re2"}
    states = [state for features in found.values() for state in features.values()]
    assert status == (0 if all(state == "on" or state.startswith("optional: ") for state in states) else 1)


@pytest.mark.usefixtures("without_plugins")
def test_an_extra_that_is_missing_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name and the command that installs it are told."""
    monkeypatch.setattr(doctor, "extras", lambda: [Extra("rlvr", "tables", ("pyarrow",))])
    _, found = _doctor()

    state = f"optional: not installed: pyarrow; run {how_to_install('rlvr[tables]')}"

    assert found["rlvr"]["rlvr[tables]"] == state


@pytest.mark.parametrize(
    ("pip", "requirement", "expected"),
    [
        (True, "rlvr[tables]", "pip install 'rlvr[tables]'"),
        (False, "rlvr[tables]", "uv pip install 'rlvr[tables]'"),
        (True, "rlvr-lab", "pip install '{}/of mine/lab'"),
        (True, "rlvr-text[re2]", "pip install '{}/of mine/plugins/text[re2]'"),
        (True, "rlvr-nobody", "pip install rlvr-nobody"),
    ],
)
def test_the_command_that_installs_fits_the_installation(
    pip: bool,  # noqa: FBT001  # a case
    requirement: str,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The installer of the environment, and the folder of a distribution that is only in the checkout."""
    for name in ("core", "lab", "plugins/text"):
        (tmp_path / "of mine" / name).mkdir(parents=True)
        (tmp_path / "of mine" / name / "pyproject.toml").touch()
    installed = tmp_path / "rlvr-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: rlvr\n")
    url = (tmp_path / "of mine" / "core").as_uri()
    (installed / "direct_url.json").write_text(json.dumps({"url": url, "dir_info": {"editable": True}}))
    monkeypatch.setattr("rlvr.distributions._metadata_folders", lambda: {"rlvr": str(installed)})
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: pip or None)

    assert how_to_install(requirement) == expected.format(tmp_path)


@pytest.mark.parametrize("origin", [None, {"url": "file:///wheels/rlvr-1.whl", "archive_info": {}}])
def test_what_was_installed_from_a_wheel_has_no_checkout(
    origin: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution is then given by its name."""
    (tmp_path / "METADATA").write_text("Name: rlvr\n")
    if origin is not None:
        (tmp_path / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.setattr("rlvr.distributions._metadata_folders", lambda: {"rlvr": str(tmp_path)})

    assert how_to_install("rlvr-lab").endswith("pip install rlvr-lab")


def test_an_extra_lacks_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the metadata of the installed distributions say."""
    known = distributions._version
    monkeypatch.setattr(distributions, "_version", lambda name: "" if name == "pyarrow" else known(name))

    missing = {f"{each.distribution}[{each.name}]": each.missing for each in extras()}
    assert missing["rlvr[tables]"] == ("pyarrow",)
    assert missing["rlvr[cli]"] == ()
    assert own_distributions()["rlvr"] == metadata.version("rlvr")


@pytest.mark.usefixtures("without_plugins")
def test_workers_that_cannot_start_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason."""
    monkeypatch.setattr(doctor, "_FORK", "raise SystemExit(3)")
    status, found = _doctor()

    assert (status, found["rlvr"]["worker processes"]) == (1, "a process cannot be forked: exit code 3")


@pytest.mark.usefixtures("without_plugins")
@pytest.mark.parametrize(("content", "state"), [(None, "on"), (b"", "on"), (b"no database" * 200, "cannot be used")])
def test_the_cache_of_a_suite_is_examined(tmp_path: Path, content: bytes | None, state: str) -> None:
    """Nothing is created."""
    cache, suite = tmp_path / "cache.db", tmp_path / "suite.yaml"
    suite.write_text(f"tasks: {{t: {{scorers: [text.exact]}}}}\ncache: {{file: '{cache}'}}\n")
    if content is not None:
        cache.write_bytes(content)
    _, found = _doctor(suite)

    assert found["suite"][f"cache file {cache}"].startswith(state)
    assert (cache.read_bytes() if cache.exists() else None) == content


@pytest.mark.usefixtures("without_plugins")
def test_a_command_that_cannot_be_loaded_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, with the error."""
    point = Announced("odd", "rlvr_nowhere:command", "rlvr-odd", "1")
    monkeypatch.setattr("rlvr.cli.installed.announced_in", lambda _group: [point])
    status, found = _doctor()

    assert status == 1
    assert "No module named 'rlvr_nowhere'" in found["rlvr"]["command odd"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("rlvr ro", {"rows"}), ("rlvr score --fail", {"--fail-under", "--fail-on"}), ("rlvr rows --by rea", {"reason"})],
)
def test_a_shell_completes_commands_options_and_values(words: str, expected: set[str]) -> None:
    """As bash asks for them."""
    environment = {**os.environ, "_RLVR_COMPLETE": "complete_bash", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    command = [sys.executable, "-m", "rlvr.cli"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert set(result.stdout.split()) == expected, result.stderr
