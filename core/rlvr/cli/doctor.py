"""``rlvr doctor``: the features of this machine that plugins use, and those that are missing."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, out, print_json, styled
from rlvr.errors import PluginError
from rlvr.plugins import Registry

ON = "on"


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Let every plugin examine this machine; exit with 1 if a feature is not on."""
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
        table = Table("plugin", "feature", "state")
        for name, features in found.items():
            for feature, state in features.items():
                table.add_row(name, styled(feature), styled(state))
        out.print(table)
    if any(state != ON for features in found.values() for state in features.values()):
        raise typer.Exit(FINDINGS)
