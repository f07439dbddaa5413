"""Blocks of options: one declaration makes the options of each command that takes it."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, ClassVar, Literal, get_args

import pytest
import typer
from msgspec import Meta, Struct
from typer.testing import CliRunner, Result

from rlvr_aws.account.options import PlanOptions, ShowOptions, spread_options
from rlvr_aws.deploy.deploy_command import deploy
from rlvr_aws.deploy.deployment import Deployment, DeploymentSettings, Platform
from rlvr_aws.deploy.deployment_options import DeploymentOptions
from rlvr_aws.deploy.template_command import template
from rlvr_aws.layer.layer_options import LayerOptions
from rlvr_aws.layer.target import Architecture, PythonVersion
from rlvr_handler.settings import Envelope


class Pots(Struct, frozen=True, kw_only=True):
    """A block with each kind of option."""

    panel: ClassVar[str] = "Pots"

    count: Annotated[int, Meta(ge=1, le=9, description="How many.", extra={"flag": "--pots", "short": "-p"})] = 3
    colors: Annotated[tuple[Literal["red", "blue"], ...], Meta(description="Which.")] = ("red",)
    labels: Annotated[tuple[str, ...], Meta(description="What they say.", extra={"metavar": "TEXT"})] = ()
    lids: Annotated[bool, Meta(description="Whether they have lids.")] = False
    shape: Literal["round", "square"] = "round"


class Needed(Struct, frozen=True, kw_only=True):
    """A block with an option that has no default."""

    owner: Annotated[str, Meta(description="Whose.")]


def _run(function: Any, *words: str) -> Result:
    app = typer.Typer()
    app.command()(function)
    return CliRunner(env={"COLUMNS": "120", "TERM": "dumb"}).invoke(app, words)


def _given(*words: str) -> Pots:
    """Return the block that a command gets for some words."""
    blocks: list[Pots] = []

    def command(*, pots: Pots) -> None:
        blocks.append(pots)

    result = _run(spread_options(command), *words)
    assert result.exit_code == 0, result.output
    return blocks[0]


def test_a_command_gets_its_block_made_of_what_the_user_gave() -> None:
    """And else of the defaults; repeated options become tuples."""
    assert _given() == Pots()
    assert _given("-p", "5", "--colors", "blue", "--colors", "red", "--labels", "a", "--lids", "--shape", "square") == (
        Pots(count=5, colors=("blue", "red"), labels=("a",), lids=True, shape="square")
    )


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--pots", "10"), "Invalid value for '-p' / '--pots'"),
        (("--colors", "green"), "'green' is none of red, blue"),
        (("--shape", "flat"), "'flat' is not one of 'round', 'square'"),
        (("--no-lids",), "No such option"),
        (("--count", "1"), "No such option"),
    ],
)
def test_what_a_block_does_not_take_is_a_usage_error(words: tuple[str, ...], problem: str) -> None:
    """As typer says it."""

    def command(*, pots: Pots) -> None:
        pytest.fail(f"called with {pots}")

    result = _run(spread_options(command), *words)

    assert result.exit_code == 2
    assert problem in " ".join(result.output.replace("│", " ").split())


def test_a_default_of_the_block_gives_the_options_defaults() -> None:
    """So that two commands may have one block with other defaults."""
    seen: list[Pots] = []

    def command(*, pots: Pots = Pots(count=7, labels=("x",))) -> None:  # noqa: B008  # it is frozen
        seen.append(pots)

    assert _run(spread_options(command), "--lids").exit_code == 0
    assert seen == [Pots(count=7, labels=("x",), lids=True)]


def test_an_option_without_a_default_is_required() -> None:
    """By its own flag."""

    def command(*, needed: Needed) -> None:
        pytest.fail(f"called with {needed}")

    assert "Missing option '--owner'" in _run(spread_options(command)).output


def test_two_options_of_one_name_are_refused() -> None:
    """When the command is made, and not when it is used."""

    def command(*, show: ShowOptions, plan: PlanOptions) -> None:
        """Do nothing."""

    with pytest.raises(ValueError, match="duplicate parameter name"):
        spread_options(command)


def test_the_help_page_has_the_panel_the_default_and_the_words() -> None:
    """Each once."""

    def command(*, pots: Pots) -> None:
        """Make pots."""

    shown = _run(spread_options(command), "--help").output

    assert all(words in shown for words in ("─ Pots ─", "How many.", "[default: 3]", "[red|blue]", "TEXT", "--pots"))


def test_deploy_and_template_take_every_setting_of_a_deployment() -> None:
    """Which is declared in one place: a new one is an option of both, and a member of the deployment."""
    options = {*DeploymentOptions.__struct_fields__, *LayerOptions.__struct_fields__}

    assert set(DeploymentSettings.__struct_fields__) <= {*options} & {*Deployment.__struct_fields__}
    assert options <= set(inspect.signature(deploy).parameters)
    assert options <= set(inspect.signature(template).parameters)


def test_a_closed_set_of_words_is_shown_whole() -> None:
    """On the help page of each command that takes one of them."""
    shown = " ".join(_run(deploy, "--help").output.replace("│", " ").split())

    assert all("|".join(get_args(words)) in shown for words in (Envelope, PythonVersion, Architecture, Platform))
