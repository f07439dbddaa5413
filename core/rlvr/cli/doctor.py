"""``rlvr doctor``: what this machine gives the plugins, and what it lacks."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, out, print_json, styled
from rlvr.errors import PluginError
from rlvr.plugins import Registry

ON = "on"


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Have every plugin examine this machine; exits with 1 if something is not on."""
    registry = Registry()
    found: dict[str, dict[str, str]] = {}
    for name in registry.names:
        try:
            found[name] = dict(registry.doctor(name))
        except PluginError as error:
            found[name] = {"plugin": str(error)}
    if as_json:
        print_json(found)
    else:
        table = Table("plugin", "what", "state")
        for name, things in found.items():
            for thing, state in things.items():
                table.add_row(name, styled(thing), styled(state))
        out.print(table)
    if any(state != ON for things in found.values() for state in things.values()):
        raise typer.Exit(FINDINGS)
