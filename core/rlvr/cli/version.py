"""``rlvr version``: what is installed, for a bug report."""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import version as version_of
from typing import Annotated, Any

import typer
from rich.text import Text

from rlvr.cli.console import harmless, out, print_json
from rlvr.cli.distributions import CORE, Library, libraries, own_distributions


def version(
    everything: Annotated[
        bool,
        typer.Option("--all", help="Show Python, plugins, and the libraries that they use."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON.")] = False,
) -> None:
    """Show the version of rlvr; with --all everything that a bug report needs."""
    if not everything:
        print_json({CORE: version_of(CORE)}) if as_json else out.print(Text(f"rlvr {version_of(CORE)}"))
        return
    own, used, machine = own_distributions(), libraries(), _machine()
    if as_json:
        print_json(_as_json(own, used, machine))
        return
    out.print(Text(f"rlvr {own[CORE]}"))
    for name, text in machine.items():
        out.print(Text(f"{name} {harmless(text)}"))
    others = {name: text for name, text in own.items() if name != CORE}
    for title, lines in (
        ("distributions", [f"{name} {text}" for name, text in others.items()]),
        ("native libraries", [f"{each.name} {each.version}" for each in used if each.is_native]),
        ("other libraries", [f"{each.name} {each.version}" for each in used if not each.is_native]),
    ):
        out.print(Text(f"{title}:"))
        for line in lines or ["none"]:
            out.print(Text(f"  {harmless(line)}"))


def _machine() -> dict[str, str]:
    libc = " ".join(filter(None, platform.libc_ver()))
    return {
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}" + (f", {libc}" if libc else ""),
        "sqlite": sqlite3.sqlite_version,
    }


def _as_json(own: dict[str, str], used: list[Library], machine: dict[str, str]) -> dict[str, Any]:
    return {
        CORE: own[CORE],
        **machine,
        "distributions": own,
        "native_libraries": {each.name: each.version for each in used if each.is_native},
        "other_libraries": {each.name: each.version for each in used if not each.is_native},
    }
