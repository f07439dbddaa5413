"""``rlvr score``: score a file of records; show a summary, write rewards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from rlvr.aggregate import Reward
from rlvr.cli.console import FINDINGS, err, errors_told, out, print_json, styled, tell_error
from rlvr.config import load_suite
from rlvr.errors import ScorerFaultError
from rlvr.pipeline import score_stream
from rlvr.record import JsonValue, Survey
from rlvr.report import BINS, Report, Summary
from rlvr.runs import open_output, values_of
from rlvr.score import Verdict

_BAR = 24
SHOWN_REASONS = 5


def score(
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    records: Annotated[Path, typer.Argument(help="JSON lines, or a JSON file with an event.", show_default=False)],
    rewards: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write a JSON line for each record to this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Score a file of records and show a summary."""
    with errors_told():
        loaded = load_suite(suite)
        summary = Summary.of(loaded)
        survey = Survey(loaded.rules)
        try:
            with nullcontext() if rewards is None else open_output(rewards, inputs=(suite, records)) as file:
                rows = _noted(values_of(records), survey)
                for report in _with_progress(score_stream(loaded, rows)):
                    summary.add(report)
                    for reward in report.rewards if file else ():
                        _write_line(file, reward)
        except ScorerFaultError as error:
            tell_error(error)
            raise typer.Exit(FINDINGS) from error
    if as_json:
        print_json(_as_json(summary, loaded.fingerprint, list(survey.unseen_paths())))
    else:
        _draw_unread(summary, survey)
        _draw(summary, loaded.fingerprint)
    if any(count for verdict, count in summary.verdicts.items() if verdict.is_fault):
        raise typer.Exit(FINDINGS)


def _noted(rows: Iterable[JsonValue], survey: Survey) -> Iterator[JsonValue]:
    """Yield rows, and note which of the places that the suite names they have."""
    for row in rows:
        survey.note_paths(row)
        yield row


def _draw_unread(summary: Summary, survey: Survey) -> None:
    """Say above the table which rows could not be read and why: their rewards say nothing of the model."""
    lines = list(survey.unseen_paths())
    unreadable = summary.unreadable.total()
    if unreadable:
        share = unreadable / summary.records
        lines.append(f"{unreadable} of {summary.records} records ({share:.1%}) could not be scored at all:")
        lines.extend(f"  {count}: {reason}" for reason, count in summary.unreadable.most_common(SHOWN_REASONS))
    if summary.unanswered:
        lines.append(f"{summary.unanswered} of {summary.records} records are unanswered: they end with the question")
    for line in lines:
        out.print(styled(line, limit=1_000, style="bold red"))


def _with_progress(reports: Iterator[Report]) -> Iterator[Report]:
    """Yield the reports and show the progress, on a terminal only."""
    if not err.is_terminal:
        yield from reports
        return
    columns = (SpinnerColumn(), TextColumn("scoring"), MofNCompleteColumn(), TextColumn("records"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("scoring", total=None)
        for report in reports:
            progress.advance(task, len(report.rewards))
            yield report


def _write_line(file: IO[str] | None, reward: Reward) -> None:
    line = {
        "id": reward.id,
        "reward": reward.value,
        "verdict": reward.verdict,
        "task": reward.task,
        "metrics": {metric.name: metric.value for metric in reward.metrics},
        "fingerprint": reward.fingerprint,
    }
    if file is not None:
        file.write(json.dumps(line) + "\n")


def _as_json(summary: Summary, fingerprint: str, unseen_paths: list[str]) -> dict[str, Any]:
    return {
        "records": summary.records,
        "mean": summary.mean,
        "deviation": summary.deviation,
        "lowest": summary.lowest if summary.records else None,
        "highest": summary.highest if summary.records else None,
        "range": [summary.low, summary.high],
        "nothing": summary.nothing,
        "histogram": summary.histogram,
        "verdicts": {verdict: summary.verdicts[verdict] for verdict in Verdict},
        "failures": dict(summary.failures),
        "problems": dict(summary.problems),
        "unreadable": summary.unreadable.total(),
        "unanswered": summary.unanswered,
        "unseen_paths": unseen_paths,
        "tasks": dict(summary.tasks),
        "metrics": {name: total / count for name, (count, total) in summary.metric_sums.items()},
        "scorers": {
            name: {
                "calls": timing.calls,
                "mean_seconds": timing.seconds / timing.calls,
                "slowest_seconds": timing.slowest_seconds,
                "slowest_id": timing.slowest_id,
            }
            for name, timing in summary.timings.items()
        },
        "groups": {
            "groups": summary.groups.groups,
            "records": summary.groups.records,
            "zero_variance_share": summary.groups.zero_variance_share,
            "zero_variance": summary.groups.zero_variance_groups,
            "all_nothing": summary.groups.all_nothing,
            "all_full": summary.groups.all_full,
            "mean_spread": summary.groups.mean_spread,
        },
        "overruns": dict(summary.overruns),
        "cache": {"asked": summary.cache_asked, "known": summary.cache_known},
        "seconds": summary.seconds,
        "fingerprint": fingerprint,
    }


def _draw(summary: Summary, fingerprint: str) -> None:
    if not summary.records:
        out.print("no records")
        return
    out.print(_numbers(summary, fingerprint))
    out.print(_distribution(summary))
    out.print(_metrics(summary))
    out.print(_scorers(summary))
    overruns = Counter({f"{name}: declared bounded, exceeded its budget": n for name, n in summary.overruns.items()})
    for title, counts in (("Failures", summary.failures), ("Problems", summary.problems), ("Overruns", overruns)):
        if counts:
            table = Table("records", "reason", title=title, title_justify="left", title_style="bold red")
            for reason, count in counts.most_common(20):
                table.add_row(str(count), styled(reason))
            out.print(table)


def _numbers(summary: Summary, fingerprint: str) -> Table:
    table = Table(title="Rewards", title_justify="left", show_header=False)
    table.add_row("records", str(summary.records))
    table.add_row("mean ± deviation", f"{summary.mean:.4f} ± {summary.deviation:.4f}")
    table.add_row("range", f"{summary.lowest:g} to {summary.highest:g}")
    table.add_row("earn nothing", f"{summary.nothing} ({summary.nothing / summary.records:.1%})")
    for verdict in Verdict:
        table.add_row(verdict.value, str(summary.verdicts[verdict]))
    rate = summary.records / summary.seconds if summary.seconds else 0.0
    table.add_row("records per second", f"{rate:,.0f}")
    if summary.groups.groups:
        share, spread = summary.groups.zero_variance_share, summary.groups.mean_spread
        table.add_row("prompt groups", str(summary.groups.groups))
        table.add_row("zero-variance groups", f"{share:.1%}")
        table.add_row("mean spread in a group", f"{spread:.4f}")
    if summary.cache_known:
        table.add_row("cache hits", f"{summary.cache_known / summary.cache_asked:.1%}")
    table.add_row("fingerprint", fingerprint)
    return table


def _distribution(summary: Summary) -> Table:
    table = Table("reward", "records", "", title="Distribution", title_justify="left")
    most = max(summary.histogram)
    edges = [f"{edge:.3g}" for edge in summary.bin_edges]
    for place, count in enumerate(summary.histogram):
        end = "]" if place == BINS - 1 else ")"
        table.add_row(f"[{edges[place]}, {edges[place + 1]}{end}", str(count), "█" * round(_BAR * count / most))
    return table


def _metrics(summary: Summary) -> Table:
    table = Table("metric", "mean", title="Metrics", title_justify="left")
    for name, (count, total) in summary.metric_sums.items():
        table.add_row(styled(name), f"{total / count:.4f}")
    return table


def _scorers(summary: Summary) -> Table:
    table = Table("scorer", "calls", "mean µs", "slowest µs", "slowest record", title="Scorers", title_justify="left")
    slowest_first = sorted(summary.timings.items(), key=lambda item: -item[1].slowest_seconds)
    for name, timing in slowest_first:
        mean, slowest = timing.seconds / timing.calls * 1e6, timing.slowest_seconds * 1e6
        table.add_row(
            styled(name), str(timing.calls), f"{mean:.0f}", f"{slowest:.0f}", styled(timing.slowest_id, limit=40)
        )
    return table
