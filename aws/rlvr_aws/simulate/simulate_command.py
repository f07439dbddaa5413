"""``rlvr simulate``: the platforms' calls, made to the deployed handler on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from rlvr.cli.console import FINDINGS, WRONG, err, errors_told, out, print_json, styled, tell_error
from rlvr_aws.account.options import OutputOptions, SuiteFile, spread_options
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.simulate.platform_profiles import MODES, PROFILES, Mode, PlatformProfile
from rlvr_aws.simulate.prices import (
    DOLLARS_PER_GIGABYTE_SECOND,
    DOLLARS_PER_MILLION_REQUESTS,
    MEGABYTES_PER_CORE,
    Prices,
)
from rlvr_handler.settings import Envelope

if TYPE_CHECKING:
    from rlvr_aws.simulate.fleet import CallOutcome
    from rlvr_aws.simulate.tally import Tally

_MODES = ", ".join(MODES)
_ENVELOPES = ", ".join(get_args(Envelope))


@spread_options
def simulate(
    suite: SuiteFile,
    records: Annotated[Path, typer.Argument(help="JSON lines, or a JSON file of any event.", show_default=False)],
    *,
    modes: Annotated[
        list[str] | None, typer.Option("--mode", help=f"One of {_MODES}; all by default.", show_default=False)
    ] = None,
    memory: Annotated[int, typer.Option(min=128, max=10_240, help="The function's memory, MB.")] = 512,
    timeout: Annotated[int, typer.Option(min=1, max=900, help="The function's timeout, seconds.")] = 60,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Rows of a call, instead of the platform's.", show_default=False)
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=1_000, help="Calls at once; the platform's, up to the cores.", show_default=False),
    ] = None,
    envelope: Annotated[str, typer.Option(help=f"RLVR_ENVELOPE, one of {_ENVELOPES}.")] = "list",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first records.", show_default=False)] = None,
    handler: Annotated[
        str, typer.Option(help="MODULE.FUNCTION, found in this folder or installed.")
    ] = "rlvr_handler.lambda_function.lambda_handler",
    gigabyte_second: Annotated[
        float, typer.Option(min=0, help="Price of a GB-second, $.")
    ] = DOLLARS_PER_GIGABYTE_SECOND,
    million_requests: Annotated[
        float, typer.Option(min=0, help="Price of a million requests, $.")
    ] = DOLLARS_PER_MILLION_REQUESTS,
    output: OutputOptions,
) -> None:
    """Call the deployed handler as AWS does, and show what would be rejected."""
    from rlvr_aws.simulate.container import DeployedFunction
    from rlvr_aws.simulate.simulation import simulated

    chosen = _chosen(modes)
    outer = _envelope(envelope)
    with errors_told(), exit_on_signal():
        _check(suite, records)
        function = DeployedFunction(
            environment={"RLVR_SUITE": str(suite.resolve())},
            handler=handler,
            memory_megabytes=memory,
            timeout_seconds=timeout,
        )
        tallies = {}
        for mode in chosen:
            habit = _habit(mode, batch_size, outer, concurrency)
            watched = partial(_watched, mode)
            tallies[mode] = simulated(habit, function, records, limit=limit, watched=watched)
    prices = Prices(memory_megabytes=memory, gigabyte_second=gigabyte_second, million_requests=million_requests)
    if output.as_json:
        summary = {mode: tally.as_json(prices) for mode, tally in tallies.items()}
        print_json({"memory_megabytes": memory, "timeout_seconds": timeout, "modes": summary})
    else:
        _draw(tallies, prices, concurrency)
    if any(tally.rejections for tally in tallies.values()):
        raise typer.Exit(FINDINGS)


def _chosen(names: list[str] | None) -> list[Mode]:
    for name in names or ():
        if name not in MODES:
            raise typer.BadParameter(f"{name!r} is none of {_MODES}", param_hint="--mode")
    return [mode for mode in MODES if not names or mode in names]


def _envelope(name: str) -> Envelope:
    if name not in get_args(Envelope):
        raise typer.BadParameter(f"{name!r} is none of {_ENVELOPES}", param_hint="--envelope")
    return cast("Envelope", name)


def _check(suite: Path, records: Path) -> None:
    """Find out what is wrong with the command before a container is started."""
    from rlvr import RecordsError, load_suite
    from rlvr.runs.rows import rows_of

    if os.name != "posix":
        tell_error("simulate needs process groups; run it on Linux or macOS")
        raise typer.Exit(WRONG)
    if find_spec("awslambdaric") is None:
        tell_error("simulate needs AWS's runtime client; run pip install 'rlvr-aws[simulate]'")
        raise typer.Exit(WRONG)
    load_suite(suite)
    with closing(cast("Any", rows_of(records))) as rows:
        if next(rows, None) is None:
            raise RecordsError(str(records), 0, "holds no records")


def _habit(mode: Mode, batch_size: int | None, envelope: Envelope, concurrency: int | None) -> PlatformProfile:
    """Return the platform's habit with what the command line says instead, and what this machine can do."""
    import msgspec

    from rlvr_aws.simulate.simulation import calls_at_once

    habit = PROFILES[mode]
    envelopes = habit.envelopes or (envelope,)
    at_once = calls_at_once(habit.at_once, concurrency)
    return msgspec.structs.replace(habit, batch=batch_size or habit.batch, at_once=at_once, envelopes=envelopes)


def _watched(what: str, made: Iterator[CallOutcome]) -> Iterator[CallOutcome]:
    """Show how far it is, on a terminal only."""
    if not err.is_terminal:
        yield from made
        return
    columns = (SpinnerColumn(), TextColumn(what), MofNCompleteColumn(), TextColumn("calls"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=None)
        for answer in made:
            progress.advance(task)
            yield answer


def _draw(tallies: dict[Mode, Tally], prices: Prices, concurrency: int | None) -> None:
    out.print(_outcomes(tallies))
    out.print(_measures(tallies, prices))
    rejected = Table("mode", "calls", "reason", "first example", title="Rejected", title_justify="left")
    for mode, tally in tallies.items():
        for reason, count in tally.rejections.most_common():
            rejected.add_row(mode, str(count), reason.value, styled(tally.examples[reason], limit=500))
    if rejected.row_count:
        out.print(rejected)
    share = prices.memory_megabytes / MEGABYTES_PER_CORE
    out.print(f"Times are this machine's; with {prices.memory_megabytes} MB, Lambda gives {share:.2f} of a core.")
    for words in _honest_words(tallies, concurrency):
        out.print(words)


def _outcomes(tallies: dict[Mode, Tally]) -> Table:
    names = ("calls", "records", "rejected", "sent\nagain", "AWS\naccepts", "mean\nreward")
    table = _table("Calls, as each platform makes them", names)
    for mode, tally in tallies.items():
        accepted = tally.calls - tally.not_accepted_by_verifier
        mean = f"{tally.reward_sum / tally.rewarded:.4f}" if tally.rewarded else "none"
        counts = (tally.calls, tally.records, tally.rejected_calls, tally.repeated, accepted)
        table.add_row(mode, *map(str, counts), mean)
    return table


def _measures(tallies: dict[Mode, Tally], prices: Prices) -> Table:
    names = ("cold\nstart", "p50", "p95", "p99", "GB-s", "$", "peak")
    table = _table("Milliseconds, cost of 1,000 records, and megabytes", names)
    for mode, tally in tallies.items():
        told = tally.as_json(prices)
        times = [told[name] for name in ("cold_start_seconds", "p50_seconds", "p95_seconds", "p99_seconds")]
        cost = f"{told['gigabyte_seconds_per_1000_records']:6.3f}", f"{told['dollars_per_1000_records']:.6f}"
        peak = "?" if told["peak_megabytes"] is None else f"{told['peak_megabytes']:.0f}"
        table.add_row(mode, *map(_milliseconds, times), *cost, peak)
    return table


def _table(title: str, names: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("mode", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _honest_words(tallies: dict[Mode, Tally], concurrency: int | None) -> Iterator[str]:
    """Tell of slow starts and retries, and where this machine made fewer calls at once than the platform does."""
    from rlvr_aws.simulate.container import INIT_SECONDS
    from rlvr_aws.simulate.simulation import calls_at_once

    for mode, tally in tallies.items():
        if max(tally.init_seconds, default=0.0) > INIT_SECONDS:
            yield f"{mode}: a start took more than {INIT_SECONDS:g} s; Lambda would begin it again, in the call's time."
        if tally.retries:
            yield f"{mode}: {tally.retries} retries after failed calls; {tally.saved_by_retry} were answered then."
        platforms, here = PROFILES[mode].at_once, calls_at_once(PROFILES[mode].at_once, concurrency)
        if here < platforms:
            yield f"{mode}: at most {here} calls at once on this machine, where the platform makes {platforms}."


def _milliseconds(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds * 1e3:6.1f}"
