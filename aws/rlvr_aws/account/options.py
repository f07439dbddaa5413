"""What all commands under ``rlvr aws`` share: options, plans and how both are shown."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.table import Table

from rlvr.cli.console import err, out, print_json, styled

if TYPE_CHECKING:
    from rlvr_aws.account.plan import Step

SuiteFile: TypeAlias = Annotated[Path, typer.Argument(help="The suite file.", show_default=False)]
Region: TypeAlias = Annotated[
    str | None, typer.Option(help="The region; the usual configuration's by default.", show_default=False)
]
Profile: TypeAlias = Annotated[
    str | None, typer.Option(help="The profile of the usual configuration.", show_default=False)
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do what the plan says; without it, it is only shown.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]


@contextmanager
def tidy() -> Iterator[None]:
    """End by a signal as by an error: temporary folders go, and programs that were started end."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    names = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]  # Windows has no SIGHUP
    plain = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]  # nohup ignores one
    for number in plain:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in plain:
            signal.signal(number, signal.SIG_DFL)


def preview(calls: Sequence[tuple[str, dict[str, Any]]], *, as_json: bool) -> None:
    """Show the calls that a command would make: each with its permission's name and its parameters."""
    if as_json:
        print_json({"dry_run": True, "calls": [{"call": name, "parameters": given} for name, given in calls]})
        return
    for name, given in calls:
        out.print(styled(f"would call {name}"))
        for key, value in given.items():
            out.print(styled(f"  {key}: {value}", limit=2_000))


def carried_out(steps: Sequence[Step], *, acts: bool, as_json: bool, notices: Sequence[str] = ()) -> dict[str, Any]:
    """Show a plan, take its steps if they are wanted, and return what became of it as JSON values."""
    from rlvr_aws.account.plan import changed, take

    if not as_json:
        _draw_plan(steps)
        for notice in notices:
            out.print(styled(notice, "yellow", limit=500))
    if acts:
        take(steps, _tell_step)
    changes = changed(steps)
    if not as_json and not changes:
        out.print("Nothing to do: everything is as it should be.")
    elif not as_json and not acts:
        out.print("Nothing was done; --yes carries the plan out.")
    return {"acted": acts, "changes": changes, "steps": [step.as_json() for step in steps]}


def _draw_plan(steps: Sequence[Step]) -> None:
    table = Table(title="Plan", title_justify="left")
    for heading in ("what", "name", "is to", "changes"):
        table.add_column(heading, overflow="fold")  # an address that is cut is of no use
    for step in steps:
        table.add_row(step.kind, styled(step.name), step.action, styled("\n".join(step.changes), limit=2_000))
    out.print(table)


def _tell_step(step: Step) -> None:
    """Say on standard error which step is being taken."""
    err.print(styled(f"{step.action} {step.kind} {step.name}"))
