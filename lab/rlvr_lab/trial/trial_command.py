"""``rlvr trial``: a small run before the large one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer
from rich.text import Text

from rlvr.cli.console import FINDINGS, errors_told, harmless, out, print_json, styled
from rlvr_lab.trial.projecting import DOLLARS_PER_GIGABYTE_SECOND, DOLLARS_PER_MILLION_REQUESTS

if TYPE_CHECKING:
    from rlvr_lab.trial.judging import TaskTrial
    from rlvr_lab.trial.projecting import Projection
    from rlvr_lab.trial.trying import Tried

CANNOT_JUDGE = 3

_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "", "info": "dim"}


def trial(  # noqa: PLR0917  # typer names them
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    data: Annotated[list[Path], typer.Argument(help="Files of rows with completions.", show_default=False)],
    n: Annotated[int, typer.Option("--n", "-n", min=1, max=10_000, help="Rows to score; groups stay whole.")] = 100,
    repeat: Annotated[
        int, typer.Option("--repeat", min=0, max=20, help="Score the rows again so often, to see noise.")
    ] = 1,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rewards of the job: prompts, answers, epochs.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed draws other rows.")] = 0,
    memory_mb: Annotated[
        int, typer.Option("--memory", min=128, max=10_240, help="Memory of the function, in MB.")
    ] = 512,
    gigabyte_second: Annotated[
        float, typer.Option("--gigabyte-second", min=0.0, help="Price of a GB-second of Lambda, in dollars.")
    ] = DOLLARS_PER_GIGABYTE_SECOND,
    million_requests: Annotated[
        float, typer.Option("--million-requests", min=0.0, help="Price of a million requests, in dollars.")
    ] = DOLLARS_PER_MILLION_REQUESTS,
    as_json: Annotated[bool, typer.Option("--json", help="Print verdict, findings and projection as JSON.")] = False,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Write one HTML file.")] = None,
) -> None:
    """Score a small sample before a large job: what would waste the job, what it costs, and what to change.

    Prices are x86's of us-east-1. Judges are asked, once for each time that the sample is scored.

    Exit codes: 0, ready; 1, a finding is critical, high or medium; 2, the suite, the files or the options are wrong;
    3, no row could be scored.
    """
    with errors_told():
        from rlvr_lab.trial.trying import as_json as tried_as_json
        from rlvr_lab.trial.trying import try_suite

        tried = try_suite(
            suite,
            data,
            sample=n,
            repeat=repeat,
            seed=seed,
            rows=rows,
            memory_mb=memory_mb,
            gigabyte_second=gigabyte_second,
            million_requests=million_requests,
        )
        if as_json:
            print_json(tried_as_json(tried))
        else:
            _draw(tried)
        if output is not None:
            from rlvr.runs import open_output
            from rlvr_lab.page.document import make_page

            with open_output(output, inputs=[suite, *data]) as file:
                file.write(make_page("trial.html", tried_as_json(tried)))
    match tried.verdict:
        case "ready":
            pass
        case "not ready":
            raise typer.Exit(FINDINGS)
        case "cannot judge":
            raise typer.Exit(CANNOT_JUDGE)
        case _:
            assert_never(tried.verdict)


def _draw(tried: Tried) -> None:
    out.print(styled(tried.verdict, "bold"))
    for task in tried.tasks:
        _draw_task(task)
    for finding in tried.findings:
        out.print()
        head = Text(f"{finding.severity:<8} ", style=_COLOURS[finding.severity])
        place = "/".join(filter(None, (finding.family, finding.component)))
        out.print(head + Text(f"{harmless(finding.title, 400)} [{harmless(place)}]", style="bold"))
        out.print(styled(f"         {finding.recommendation}", limit=500))
    out.print()
    _draw_projection(tried.projection, tried.rows)


def _draw_task(task: TaskTrial) -> None:
    from rlvr_lab.rewards import CEILING, has_signal

    statistics, mean = task.statistics, task.mean
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in statistics.verdicts.most_common())
    out.print(styled(f"{task.task}: {task.verdict}; {verdicts}", limit=500))
    if not mean.rows:
        return
    bands, states = statistics.bands(), [each.state for each in statistics.groups() if each.mean is not None]
    interval = ""
    if mean.low is not None and mean.high is not None:
        interval = f" ({max(0.0, mean.low):.0%} to {min(1.0, mean.high):.0%})"
    ends = f"{bands[0]:,} at the floor, {bands[CEILING]:,} at the ceiling"
    out.print(f"  mean {mean.mean:.0%} of the range{interval}; {ends}")
    out.print(f"  {sum(not has_signal(state) for state in states):,} of {len(states):,} groups have zero variance")
    if task.noise is not None:
        out.print(f"  scored again: {task.noise.changed:,} of {task.noise.rows:,} rewards changed")


def _draw_projection(projection: Projection, sample: int) -> None:
    from rlvr_lab.page.numbers import duration

    out.print(f"for {projection.rows:,} rewards, from {sample:,}:")
    out.print(f"  {duration(projection.seconds)} on this machine, {duration(projection.scorer_seconds)} in scorers")
    out.print(f"  Lambda with {projection.memory_mb:,} MB: at most ${projection.lambda_usd:.4f}, without starts")
    if projection.totals:
        amounts = ", ".join(f"{name} {amount:,.4g}" for name, amount in projection.totals.items())
        out.print(styled(f"  judges: {amounts}", limit=500))
    if not projection.is_judge_priced:
        out.print("  the price of the judge's model is not known; give it in `prices` of its options")
