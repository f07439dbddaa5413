"""Output of plans and dry runs, and clean-up on signals, for the commands of ``rlvr aws``."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.table import Table

from rlvr.cli.console import err, out, print_json, styled

if TYPE_CHECKING:
    from rlvr_aws.account.options import PlanOptions
    from rlvr_aws.account.plan import Step


@contextmanager
def exit_on_signal() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that temporary folders and started processes are cleaned up."""

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


def show_calls(calls: Sequence[tuple[str, dict[str, Any]]], *, as_json: bool) -> None:
    """Show the calls of a dry run: the permission that each needs, and its parameters."""
    if as_json:
        print_json({"dry_run": True, "calls": [{"call": name, "parameters": given} for name, given in calls]})
        return
    for name, given in calls:
        out.print(styled(f"would call {name}"))
        for key, value in given.items():
            out.print(styled(f"  {key}: {value}", limit=2_000))


def carry_out(steps: Sequence[Step], options: PlanOptions, notices: Sequence[str] = ()) -> dict[str, Any]:
    """Show a plan, take its steps if the user said --yes, and return the outcome as JSON values."""
    from rlvr_aws.account.plan import has_changes, take

    acts = options.yes and not options.dry_run
    if not options.as_json:
        _draw_plan(steps)
        for notice in notices:
            out.print(styled(notice, "yellow", limit=500))
    if acts:
        take(steps, _announce)
    changes = has_changes(steps)
    if not options.as_json and not changes:
        out.print("Nothing to do: everything is as it should be.")
    elif not options.as_json and not acts:
        out.print("Nothing was done; --yes carries the plan out.")
    return {"acted": acts, "changes": changes, "steps": [step.as_json() for step in steps]}


def _draw_plan(steps: Sequence[Step]) -> None:
    table = Table(title="Plan", title_justify="left")
    for heading in ("what", "name", "is to", "changes"):
        table.add_column(heading, overflow="fold")  # an address that is cut is of no use
    for step in steps:
        table.add_row(step.kind, styled(step.name), step.action, styled("\n".join(step.changes), limit=2_000))
    out.print(table)


def _announce(step: Step) -> None:
    """Print on standard error which step is being taken."""
    err.print(styled(f"{step.action} {step.kind} {step.name}"))
