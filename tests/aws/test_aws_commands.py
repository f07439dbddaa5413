"""What all commands under ``rlvr aws`` have in common."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

import rlvr_aws
from rlvr.cli.app import app
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.app import aws


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = dict(_commands(typer.main.get_command(aws)))


def test_the_way_from_suite_to_job_is_there() -> None:
    """Each command of it, by its words."""
    names = {" ".join(words) for words in COMMANDS}

    assert names >= {
        "layer build", "bundle", "deploy", "template", "check-data", "recipe bedrock", "recipe openai",
        "recipe training-job", "recipe hyperpod", "recipe evaluation", "recipe evaluator", "job submit bedrock",
        "job submit sagemaker", "job submit evaluation", "job status",
        "job events", "job stop", "job result", "dashboard", "watch", "queries", "advice", "policy",
    }  # fmt: skip


@pytest.mark.each("words", COMMANDS, ids=" ".join)
def test_every_command_has_what_all_have(words: tuple[str, ...]) -> None:
    """--dry-run, --json and a help that says what it does, of more than its name."""
    command = COMMANDS[words]
    options = {name for parameter in command.params for name in parameter.opts}
    shown = CliRunner(env={"COLUMNS": "100", "TERM": "dumb"}).invoke(app, ["aws", *words, "--help"])

    assert {"--dry-run", "--json"} <= options
    assert shown.exit_code == 0
    assert len(command.help.split()) >= 6
    assert all(parameter.help for parameter in command.params if isinstance(parameter, click.Option))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_command_as_an_error_does(name: str) -> None:
    """So that temporary folders go; one that is ignored stays so, and afterwards all is as before."""
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit, match=str(128 + number)), exit_on_signal():
            os.kill(os.getpid(), number)
        assert signal.getsignal(number) is signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        with exit_on_signal():
            os.kill(os.getpid(), number)
    finally:
        signal.signal(number, before)


def test_help_is_quick() -> None:
    """Nothing of AWS is imported for it."""
    code = (
        "import sys; from typer.testing import CliRunner; from rlvr.cli.app import app;"
        "print(CliRunner().invoke(app, ['aws', '--help']).exit_code);"
        "print([name for name in ('boto3', 'botocore', 'yaml', 're2', 'uv') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown.splitlines()[0] == "0"
    assert "boto" not in shown
    assert "re2" not in shown


def test_only_commands_draw() -> None:
    """What they call can be used without a terminal: it imports neither typer nor rich, nor core's command line."""
    draws = re.compile(r"^ *(?:from|import) (?:typer|rich|rlvr\.cli)\b", re.MULTILINE)
    folder = Path(rlvr_aws.__file__).parent
    drawing = {path.stem for path in folder.rglob("*.py") if draws.search(path.read_text(encoding="utf-8"))}

    assert {name for name in drawing if not name.endswith("_command")} == {
        "app",
        "options",
        "plan_console",
        "job_console",
        "deployment_options",
    }


def test_a_policys_dry_run_tells_its_calls() -> None:
    """The cluster's asks for the account's number."""
    runner = CliRunner()
    told = json.loads(runner.invoke(app, ["aws", "policy", "hyperpod", "--dry-run", "--json"]).stdout)

    assert [each["call"] for each in told["calls"]] == ["sts:GetCallerIdentity"]
    assert json.loads(runner.invoke(app, ["aws", "policy", "deploy", "--dry-run", "--json"]).stdout)["calls"] == []
