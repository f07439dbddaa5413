"""Commands of installed distributions."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from rlvr.cli import installed as installed_module
from rlvr.cli.app import app
from rlvr.distributions import Announced, announced_in, how_to_install


def hello(name: str) -> None:
    """Greet somebody."""
    print(f"hello {name}")  # noqa: T201  # a command prints


greetings = typer.Typer(help="Many greetings.", no_args_is_help=True)
greetings.command()(hello)
greetings.command("goodbye")(lambda: print("goodbye"))  # noqa: T201  # as above


def score() -> None:
    """Take the name of a command of rlvr."""


@pytest.fixture
def announce(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Announce commands as distributions would."""

    def announced(**values: str) -> None:
        points = [Announced(name, value, "rlvr-demo", "1") for name, value in values.items()]
        monkeypatch.setattr(installed_module, "announced_in", lambda _group: points)

    return announced


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, words)


def test_a_function_becomes_a_command(announce: Callable[..., None]) -> None:
    """It has its arguments, its help and an entry in the list."""
    announce(hello=f"{__name__}:hello")

    assert _run("hello", "Ada").output == "hello Ada\n"
    assert "Greet somebody." in _run("hello", "--help").output
    assert "Greet somebody." in _run("--help").output
    assert _run("hello").exit_code == 2


def test_a_typer_becomes_a_group(announce: Callable[..., None]) -> None:
    """It has its commands, and its help is in the list."""
    announce(greet=f"{__name__}:greetings")

    assert _run("greet", "hello", "Ada").output == "hello Ada\n"
    assert _run("greet", "goodbye").output == "goodbye\n"
    assert re.search(r"greet +Many greetings\.", _run("--help").output)


@pytest.mark.parametrize("value", ["absent_module:main", "json:absent", "json"])
def test_a_broken_command_is_named_and_affects_no_other(announce: Callable[..., None], value: str) -> None:
    """Any arguments give the error; other commands and the help work."""
    announce(broken=value, hello=f"{__name__}:hello")
    result = _run("broken", "any", "--words")

    assert result.exit_code == 2
    assert "command 'broken' of rlvr-demo 1" in result.output
    assert "cannot be loaded: " in result.output
    assert "Traceback" not in result.output
    assert _run("hello", "Ada").exit_code == 0
    assert "Broken: command 'broken'" in _run("--help").output


def test_the_names_of_rlvr_itself_cannot_be_taken(announce: Callable[..., None]) -> None:
    """They are not listed twice."""
    announce(score=f"{__name__}:score")

    assert "Score files of records" in _run("score", "--help").output
    assert _run("--help").output.count("score ") == 1


def test_a_name_offered_twice_is_refused(announce: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names both distributions."""
    found: Any = {"twice": [type("F", (), {"display_name": name})() for name in ("one 1.0", "two 2.0")]}
    monkeypatch.setattr(installed_module, "_announced", lambda: found)
    result = _run("twice")

    assert result.exit_code == 2
    assert "command 'twice' is offered by one 1.0 and two 2.0; uninstall all but one" in result.output


def test_an_unknown_command_is_a_usage_error(announce: Callable[..., None]) -> None:
    """The exit code is 2."""
    announce()

    assert _run("nobody").exit_code == 2


@pytest.mark.parametrize(("name", "home"), [("view", "rlvr-lab"), ("compare", "rlvr-lab"), ("aws", "rlvr-aws")])
def test_a_command_of_an_absent_distribution_names_it(announce: Callable[..., None], name: str, home: str) -> None:
    """With the next step, whatever the arguments; the help lists what is installed."""
    announce()
    result = _run(name, "runs/x", "--json")

    assert result.exit_code == 2
    assert f"command '{name}' comes with {home}, which is not installed; run {how_to_install(home)}" in result.output
    assert home not in _run("--help").output


def test_every_command_of_the_project_has_its_distribution() -> None:
    """So that the message of an absent one names it."""
    points = announced_in(installed_module.GROUP)
    found = {each.name: each.distribution for each in points if each.distribution.startswith("rlvr-")}

    assert found == installed_module._HOMES


def test_other_commands_import_nothing_of_a_command_that_is_announced() -> None:
    """An announced command is imported only if it runs or help is shown."""
    code = (
        "import sys; from typer.testing import CliRunner; from rlvr.cli.app import app;"
        "CliRunner().invoke(app, ['plugins', '--json']);"
        "print([name for name in sys.modules if name.startswith(('rlvr_aws', 'rlvr_handler', 'rlvr_lab'))])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_help_imports_no_server() -> None:
    """What the command needs is imported when it runs."""
    code = (
        "import sys; from typer.testing import CliRunner; from rlvr.cli.app import app;"
        "print(CliRunner().invoke(app, ['--help']).output);"
        "print([name for name in sys.modules if name in {'http.server', 'awslambdaric', 'boto3', 'jinja2'}])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "simulate" in shown
    assert shown.endswith("[]\n")
