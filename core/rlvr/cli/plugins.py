"""``rlvr plugins``: what is installed, and what is wrong with it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, out, print_json, styled
from rlvr.errors import PluginError
from rlvr.hooks import CONTRACT_VERSION
from rlvr.plugins import InstalledScorer, Registry


def plugins(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List the installed plugins with their scorers, options and errors."""
    registry = Registry()
    listed = [_plugin(registry, name) for name in registry.names]
    if as_json:
        print_json({"contract": CONTRACT_VERSION, "plugins": listed})
    else:
        _draw(listed)
    if any(plugin["errors"] for plugin in listed):
        raise typer.Exit(FINDINGS)


def _plugin(registry: Registry, name: str) -> dict[str, Any]:
    found = registry.announced(name)
    plugin: dict[str, Any] = {
        "name": name,
        "distributions": [each.display_name for each in found],
        "scorers": [],
        "errors": [],
    }
    try:
        shorts = list(registry.plugin(name).factories)
    except PluginError as error:
        plugin["errors"].append(str(error))
        return plugin
    for short in shorts:
        try:
            plugin["scorers"].append(_scorer(registry.scorer(f"{name}.{short}")))
        except PluginError as error:
            plugin["errors"].append(str(error))
    return plugin


def _scorer(installed: InstalledScorer) -> dict[str, Any]:
    scorer = installed.scorer
    options = {
        field.name: "required" if field.required else msgspec.to_builtins(_default(field))
        for field in msgspec.structs.fields(scorer.options)
    }
    return {
        "id": installed.id,
        "version": scorer.version,
        "needs": scorer.needs,
        "metrics": scorer.metrics,
        "bounded": scorer.bounded,
        "budget_seconds": scorer.budget_seconds,
        "options": options,
    }


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _draw(listed: list[dict[str, Any]]) -> None:
    if not listed:
        out.print("no plugins are installed; run `pip install rlvr-text`, say")
    for plugin in listed:
        title = f"{plugin['name']}  ({', '.join(plugin['distributions'])})"
        table = Table("scorer", "needs", "bounded", "options", title=title, title_justify="left")
        for scorer in plugin["scorers"]:
            options = ", ".join(f"{name}={value!r}" for name, value in scorer["options"].items())
            bounded = "yes" if scorer["bounded"] else f"no, {scorer['budget_seconds']:g} s"
            table.add_row(styled(scorer["id"]), styled(", ".join(scorer["needs"])), bounded, styled(options, limit=500))
        out.print(table)
        for error in plugin["errors"]:
            out.print(styled(error, "red", limit=1_000))
