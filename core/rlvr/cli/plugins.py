"""``rlvr plugins``: the installed plugins, their scorers and their errors."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, errors_told, out, print_json, styled
from rlvr.distributions import how_to_install
from rlvr.errors import PluginError, RecordsError
from rlvr.files import SUITE_FILE_LIMIT_BYTES, read_regular_file
from rlvr.fingerprint import identity_of
from rlvr.hooks import CONTRACT_VERSION, Scorer
from rlvr.plugins import InstalledScorer, Registry

_Row: TypeAlias = tuple[str, str | None, str | None]
"""A name, its value here, and its value there."""


def plugins(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Plugins or scorers to show with all options, such as math or text.exact."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Show the code and versions that are part of fingerprints.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            help="Show differences to another installation: a file with the output of --fingerprint --json there.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the installed plugins with their scorers and errors; with NAMES, show the options of their scorers."""
    registry = Registry()
    if fingerprint or against is not None:
        _show_identity(registry, against, as_json=as_json)
        return
    listed = [_describe_plugin(registry, name) for name in registry.names]
    if names:
        listed = _chosen(listed, names)
    if as_json:
        print_json({"contract": CONTRACT_VERSION, "plugins": listed})
    else:
        _draw(listed, in_full=bool(names))
    if any(plugin["errors"] for plugin in listed):
        raise typer.Exit(FINDINGS)


def _show_identity(registry: Registry, against: Path | None, *, as_json: bool) -> None:
    """Show the code and versions of all scorers, or the differences to another installation."""
    here = identity_of(_installed_scorers(registry))
    rows: list[_Row] = [(name, shown, None) for name, shown in sorted(_flatten(here).items())]
    if against is not None:
        with errors_told():
            rows = _differences(_flatten(here), _flatten(_read_identity(against)))
    if as_json:
        print_json(
            here if against is None else [{"name": name, "here": one, "there": other} for name, one, other in rows]
        )
    elif rows:
        columns = ("name", "value") if against is None else ("name", "here", "there")
        table = Table(*columns)
        for row in rows:
            table.add_row(*(styled(cell or "absent") for cell in row[: len(columns)]))
        out.print(table)
    else:
        out.print("no difference")
    if against is not None and rows:
        raise typer.Exit(FINDINGS)


def _installed_scorers(registry: Registry) -> list[InstalledScorer]:
    installed = []
    for scorer_id in registry.scorer_ids():
        with suppress(PluginError):  # `rlvr plugins` shows it
            installed.append(registry.scorer(scorer_id))
    return installed


def _read_identity(path: Path) -> dict[str, Any]:
    problem = RecordsError(str(path), 0, "is not an output of `rlvr plugins --fingerprint --json`")
    try:
        read = json.loads(read_regular_file(path, SUITE_FILE_LIMIT_BYTES))
    except ValueError as error:
        raise problem from error
    if not isinstance(read, dict):
        raise problem
    return read


def _flatten(identity: Mapping[str, Any]) -> dict[str, str]:
    """Return nested mappings as one mapping with dotted names."""
    flat: dict[str, str] = {}
    for name, value in identity.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}.{inner}": str(each) for inner, each in value.items()})
        else:
            flat[name] = str(value)
    return flat


def _differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[_Row]:
    names = sorted(here.keys() | there.keys())
    return [(name, here.get(name), there.get(name)) for name in names if here.get(name) != there.get(name)]


def _describe_plugin(registry: Registry, name: str) -> dict[str, Any]:
    found = registry.plugins_named(name)
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
            plugin["scorers"].append(_describe_scorer(registry.scorer(f"{name}.{short}")))
        except PluginError as error:
            plugin["errors"].append(str(error))
    return plugin


def _describe_scorer(installed: InstalledScorer) -> dict[str, Any]:
    scorer = installed.scorer
    options = {
        field.name: "required" if field.required else msgspec.to_builtins(_default(field))
        for field in msgspec.structs.fields(scorer.options)
    }
    return {
        "id": installed.id,
        "summary": _summary_of(scorer),
        "version": scorer.version,
        "needs": scorer.needs,
        "metrics": scorer.metrics,
        "bounded": scorer.bounded,
        "budget_seconds": scorer.budget_seconds,
        "remainder_seconds": scorer.remainder_seconds,
        "options": options,
    }


def _summary_of(scorer: Scorer) -> str:
    """Return the first sentence of the docstring of the function that scores."""
    text = inspect.getdoc(scorer.score or scorer.score_group) or ""
    return text.partition("\n")[0].partition(". ")[0].rstrip(".").replace("`", "")


def _chosen(listed: Sequence[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the named plugins, and the plugins of named scorers with these scorers alone."""
    known = {plugin["name"] for plugin in listed} | {each["id"] for plugin in listed for each in plugin["scorers"]}
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"no plugin or scorer is called '{name}'; installed: {', '.join(sorted(known))}")
    chosen = [
        {**plugin, "scorers": [each for each in plugin["scorers"] if {plugin["name"], each["id"]} & {*names}]}
        for plugin in listed
    ]
    return [plugin for plugin in chosen if plugin["scorers"] or plugin["name"] in names]


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is msgspec.UNSET:  # another option decides, such as a profile
        return "unset"
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _draw(listed: list[dict[str, Any]], *, in_full: bool) -> None:
    if not listed:
        out.print(f"no plugins are installed; to install one, run for example `{how_to_install('rlvr-text')}`")
    for plugin in listed:
        out.print(styled(f"{plugin['name']}  ({', '.join(plugin['distributions'])})", "bold"))
        if in_full:
            for scorer in plugin["scorers"]:
                _draw_scorer(scorer)
        else:
            table = Table("scorer", "rewards", "needs")
            for scorer in plugin["scorers"]:
                table.add_row(*map(styled, (scorer["id"], scorer["summary"], ", ".join(scorer["needs"]))))
            out.print(table)
        for error in plugin["errors"]:
            out.print(styled(error, "red", limit=1_000))
    if listed and not in_full:
        out.print("The options of one of them:  rlvr plugins NAME")


def _draw_scorer(scorer: Mapping[str, Any]) -> None:
    """Show the declarations of a scorer, and a row for each option."""
    rest = f", the remainder {scorer['remainder_seconds']:g} s" if scorer["remainder_seconds"] else ""
    bounded = f"bounded{rest}" if scorer["bounded"] else f"runs in a worker, {scorer['budget_seconds']:g} s a record"
    needs = f"needs {', '.join(scorer['needs'])}; " if scorer["needs"] else ""
    out.print(styled(f"{scorer['id']}: {scorer['summary']}; {needs}{bounded}", limit=1_000))
    table = Table("option", "default")
    for name, value in scorer["options"].items():
        table.add_row(styled(name), styled("required" if value == "required" else repr(value), limit=500))
    out.print(table)
