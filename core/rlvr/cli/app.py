"""The commands of ``rlvr``, one file each, and the commands of installed distributions."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Annotated

import typer

from rlvr.cli.check import check
from rlvr.cli.doctor import doctor
from rlvr.cli.explain import explain
from rlvr.cli.installed import Commands
from rlvr.cli.plugins import plugins
from rlvr.cli.rows import rows
from rlvr.cli.schema import schema
from rlvr.cli.score import score
from rlvr.cli.version import version
from rlvr.cli.watch import watch

app = typer.Typer(
    name="rlvr",
    cls=Commands,
    help="Score model outputs with verifiable rewards.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 no findings, 1 findings, 2 usage or configuration error.",
)
for command in (score, explain, rows, watch, check, plugins, doctor, schema, version):
    app.command()(command)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"rlvr {version_of('rlvr')}")
        raise typer.Exit


@app.callback()
def _rlvr(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda wanted: _show_version(wanted=wanted),
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Score model outputs with verifiable rewards."""
