"""``rlvr doctor``: the features of this machine that rlvr and its plugins use, and those that are missing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, errors_told, out, print_json, styled
from rlvr.cli.distributions import CORE, extras
from rlvr.cli.installed import command_problems
from rlvr.config import Suite, load_suite
from rlvr.distributions import how_to_install
from rlvr.errors import PluginError
from rlvr.plugins import Registry

ON = "on"
OPTIONAL = "optional: "
"""What the state of a feature starts with that nobody needs: it is no finding."""

# The first Python with everything that rlvr uses.
_LEAST_PYTHON = (3, 11)

# Starts a child as workers are started, and waits for it.
_FORK = "import os, sys; pid = os.fork(); sys.exit(0) if not pid else sys.exit(os.waitpid(pid, 0)[1])"
_FORK_SECONDS = 30.0


def doctor(
    suite: Annotated[
        Path | None,
        typer.Argument(help="A suite file: its plugins and its cache are examined too.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Examine this machine; exit with 1 if a feature is not on, unless it is optional."""
    registry = Registry()
    found: dict[str, dict[str, str]] = {CORE: dict(_of_core())}
    if suite is not None:
        with errors_told():
            found["suite"] = dict(_of_suite(load_suite(suite)))
    for name in registry.names:
        try:
            found[name] = dict(registry.doctor(name))
        except PluginError as error:
            found[name] = {"plugin": str(error)}
    if as_json:
        print_json(found)
    else:
        out.print(_table(found))
    if any(
        state != ON and not state.startswith(OPTIONAL) for features in found.values() for state in features.values()
    ):
        raise typer.Exit(FINDINGS)


def _table(found: Mapping[str, Mapping[str, str]]) -> Table:
    table = Table("plugin", "feature", "state")
    for name, features in found.items():
        for feature, state in features.items():
            table.add_row(name, styled(feature), styled(state, limit=1_000))
    return table


def _of_core() -> Iterator[tuple[str, str]]:
    here = ".".join(map(str, sys.version_info[:3]))
    least = ".".join(map(str, _LEAST_PYTHON))
    yield f"python {here}", ON if sys.version_info >= _LEAST_PYTHON else f"older than {least}; install a newer one"
    yield "worker processes", _state_of_workers()
    for extra in extras():
        if extra.missing:
            remedy = f"run {how_to_install(f'{extra.distribution}[{extra.name}]')}"
            state = f"{OPTIONAL}not installed: {', '.join(extra.missing)}; {remedy}"
        else:
            state = ON
        yield f"{extra.distribution}[{extra.name}]", state
    yield from command_problems(ON)


def _state_of_workers() -> str:
    if not hasattr(os, "fork"):
        return "this system cannot fork: scorers that are not bounded run without supervision"
    try:
        words = [sys.executable, "-c", _FORK]
        done = subprocess.run(words, capture_output=True, timeout=_FORK_SECONDS, check=False)  # noqa: S603  # our own
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"a process cannot be started: {error}"
    return ON if done.returncode == 0 else f"a process cannot be forked: exit code {done.returncode}"


def _of_suite(suite: Suite) -> Iterator[tuple[str, str]]:
    yield f"{suite.source}: {len(suite.entries)} scorers", ON
    if suite.cache is not None and suite.cache.file:
        yield f"cache file {suite.cache.file}", _state_of_cache(Path(suite.cache.file))


def _state_of_cache(path: Path) -> str:
    """Return whether the cache can read and write its file; nothing is created."""
    if not path.exists():
        folder = path.absolute().parent
        return ON if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written, so scores are not kept"
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.rollback()
    except sqlite3.Error as error:
        return f"cannot be used, so scores are not kept: {error}"
    return ON
