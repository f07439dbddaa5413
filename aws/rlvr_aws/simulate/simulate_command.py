"""``rlvr simulate``: call the deployed handler on this machine as the platforms call it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec
import typer
from msgspec import Meta, Struct
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from rlvr.cli.console import FINDINGS, WRONG, err, errors_told, out, print_json, styled, tell_error
from rlvr.distributions import how_to_install
from rlvr_aws.account.options import OutputOptions, SuiteFile, spread_options
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.simulate.platform_profiles import MODES, Mode, PlatformProfile, profile_of
from rlvr_aws.simulate.prices import MEGABYTES_PER_CORE, Prices
from rlvr_handler.settings import Envelope

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.simulate.fleet import CallOutcome
    from rlvr_aws.simulate.tally import Tally


class SimulationOptions(Struct, frozen=True, kw_only=True):
    """The function that is called, and how it is called."""

    modes: Annotated[
        tuple[Mode, ...],
        Meta(description="A platform to simulate; may be repeated; all by default.", extra={"flag": "--mode"}),
    ] = ()
    timeout_seconds: Annotated[
        int, Meta(ge=1, le=900, description="The function's timeout, in seconds.", extra={"flag": "--timeout"})
    ] = 60
    batch_size: Annotated[int | None, Meta(ge=1, description="Rows of a call, instead of the platform's.")] = None
    concurrency: Annotated[
        int | None,
        Meta(ge=1, le=1_000, description="Calls at once; by default the platform's, up to the number of cores."),
    ] = None
    envelope: Annotated[Envelope, Meta(description="The value of RLVR_ENVELOPE.")] = "list"
    limit: Annotated[int | None, Meta(ge=1, description="Use only the first records.")] = None
    handler: Annotated[str, Meta(description="MODULE.FUNCTION, found in this folder or installed.")] = (
        "rlvr_handler.lambda_function.lambda_handler"
    )


@spread_options
def simulate(
    suite: SuiteFile,
    records: Annotated[Path, typer.Argument(help="JSON lines, or a JSON file of any event.", show_default=False)],
    *,
    options: SimulationOptions,
    prices: Prices,
    output: OutputOptions,
) -> None:
    """Call the deployed handler as AWS does, and show which answers a platform would reject."""
    from rlvr_aws.simulate.container import DeployedFunction
    from rlvr_aws.simulate.memory_notes import memory_notes
    from rlvr_aws.simulate.simulation import simulate_platform

    with errors_told(), exit_on_signal():
        for note in memory_notes(_check(suite, records), prices.memory_megabytes):
            err.print(styled(f"note: {note}", limit=500))
        function = DeployedFunction(
            environment={"RLVR_SUITE": str(suite.resolve())},
            handler=options.handler,
            memory_megabytes=prices.memory_megabytes,
            timeout_seconds=options.timeout_seconds,
        )
        tallies = {
            mode: simulate_platform(
                _profile(mode, options), function, records, limit=options.limit, watched=partial(_show_progress, mode)
            )
            for mode in MODES
            if mode in (options.modes or MODES)
        }
    if output.as_json:
        summary = {mode: tally.as_json(prices) for mode, tally in tallies.items()}
        head = {"memory_megabytes": prices.memory_megabytes, "timeout_seconds": options.timeout_seconds}
        print_json({**head, "modes": summary})
    else:
        _draw(tallies, prices, options.concurrency)
    if any(tally.rejections for tally in tallies.values()):
        raise typer.Exit(FINDINGS)


def _check(suite: Path, records: Path) -> Suite:
    """Return the suite; report wrong records or a missing runtime client before a container is started."""
    from rlvr import RecordsError, load_suite
    from rlvr.runs import rows_of

    if os.name != "posix":
        tell_error("simulate needs process groups; run it on Linux or macOS")
        raise typer.Exit(WRONG)
    if find_spec("awslambdaric") is None:
        tell_error(f"simulate needs AWS's runtime client; run {how_to_install('rlvr-aws[simulate]')}")
        raise typer.Exit(WRONG)
    loaded = load_suite(suite)
    with closing(cast("Any", rows_of(records))) as rows:
        if next(rows, None) is None:
            raise RecordsError(str(records), 0, "contains no records")
    return loaded


def _profile(mode: Mode, options: SimulationOptions) -> PlatformProfile:
    """Return the profile of a platform with the user's choices and the calls at once that this machine can make."""
    from rlvr_aws.simulate.simulation import calls_at_once

    profile = profile_of(mode)
    return msgspec.structs.replace(
        profile,
        batch=options.batch_size or profile.batch,
        at_once=calls_at_once(profile.at_once, options.concurrency),
        envelopes=profile.envelopes or (options.envelope,),
    )


def _show_progress(what: str, outcomes: Iterator[CallOutcome]) -> Iterator[CallOutcome]:
    """Yield the outcomes, and show on a terminal how many there are."""
    if not err.is_terminal:
        yield from outcomes
        return
    columns = (SpinnerColumn(), TextColumn(what), MofNCompleteColumn(), TextColumn("calls"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=None)
        for outcome in outcomes:
            progress.advance(task)
            yield outcome


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
    for words in _notices(tallies, concurrency):
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
        values = tally.as_json(prices)
        times = [values[name] for name in ("cold_start_seconds", "p50_seconds", "p95_seconds", "p99_seconds")]
        cost = f"{values['gigabyte_seconds_per_1000_records']:6.3f}", f"{values['dollars_per_1000_records']:.6f}"
        peak = "?" if values["peak_megabytes"] is None else f"{values['peak_megabytes']:.0f}"
        table.add_row(mode, *map(_milliseconds, times), *cost, peak)
    return table


def _table(title: str, names: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("mode", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _notices(tallies: dict[Mode, Tally], concurrency: int | None) -> Iterator[str]:
    """Yield notices about slow starts, retries, and modes with fewer calls at once than the platform makes."""
    from rlvr_aws.simulate.container import INIT_SECONDS
    from rlvr_aws.simulate.simulation import calls_at_once

    for mode, tally in tallies.items():
        if max(tally.init_seconds, default=0.0) > INIT_SECONDS:
            yield f"{mode}: a start took more than {INIT_SECONDS:g} s; Lambda would repeat it in the time of the call."
        if tally.retries:
            yield f"{mode}: {tally.retries} retries after failed calls; {tally.saved_by_retry} calls succeeded by one."
        wanted = profile_of(mode).at_once
        here = calls_at_once(wanted, concurrency)
        if here < wanted:
            yield f"{mode}: at most {here} calls at once on this machine, where the platform makes {wanted}."


def _milliseconds(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds * 1e3:6.1f}"
