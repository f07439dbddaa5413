"""``rlvr init``: look at a data file, and write a first suite for it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlvr.cli.console import FINDINGS, err, errors_told, out, styled

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_lab.attack.campaign import Controls

_SAMPLE_ROWS = 200

# Rows whose references are scored as answers, each in a dozen forms; programs take a second each.
_CONTROLS = 10


def init(
    data: Annotated[Path, typer.Argument(help="A file of rows.", show_default=False)],
    output: Annotated[Path, typer.Option("--out", "-o", help="The suite to write; an existing one is kept.")] = Path(
        "suite.yaml"
    ),
    rows: Annotated[int, typer.Option("--rows", min=1, max=100_000, help="Rows to look at.")] = _SAMPLE_ROWS,
) -> None:
    """Look at the first rows of a file, write a commented suite for them, and score them by it.

    Of rows without completions the references are scored, as answers. No model is asked, so rows with rubrics are not
    scored.

    Exit codes: 0; 1, a row cannot be scored, or a reference earns nothing; 2, the data cannot be read, or the suite is
    there already.
    """
    with errors_told():
        from rlvr import RecordsError, close, parse_suite, record_from, score_rows
        from rlvr.runs import open_output, rows_of
        from rlvr_lab.start.proposing import propose_tasks, suite_of_tasks, words_of

        if output.exists():
            raise RecordsError(str(output), 0, "is there already; name another file by -o")
        sample = [row.value for row in islice(rows_of(data), rows) if not row.problem]
        if not sample:
            raise RecordsError(str(data), 0, "has no row that can be read")
        records = [record_from(value) for value in sample]
        tasks = propose_tasks(records)
        text = suite_of_tasks(tasks, data.name)
        suite = parse_suite(text, source=str(output))
        try:
            report = score_rows(suite, sample, calls_costly=False)
            # Rows of a data set have no completions yet; with one they could be scored.
            is_data_set = all(each.problem and not each.with_completion(".").problem for each in records)
            controls = _controls_of(suite, data) if is_data_set else None
        finally:
            close(suite)
        with open_output(output, inputs=[data]) as file:
            file.write(text)
    out.print(f"{len(sample):,} rows in {len(tasks)} task(s)")
    for task in tasks:
        out.print(styled(f"  {task.name}: {task.rows:,} rows, references: {words_of(task.kind)} ({task.share:.0%})"))
    if any(task.asks_models for task in tasks):
        out.print("rubrics need a judge, and none was asked; next: rlvr judge preview, rlvr judge price")
    if controls is not None:
        tried = f"the references were scored as answers: {controls.paid} of {controls.with_gold} are paid"
        out.print(f"no row has a completion; {tried if controls.with_gold else 'nor a reference, so none was scored'}")
        err.print(styled(f"{output} is written; next: rlvr attack {output} {data}", limit=600))
        if controls.paid < controls.with_gold:
            raise typer.Exit(FINDINGS)
        return
    scored = [reward for reward in report.rewards if reward.verdict.has_value]
    mean = f", mean reward {report.mean:.3f}" if scored and report.mean is not None else ""
    out.print(f"scored {len(scored):,} of {len(report.rewards):,} rows{mean}")
    judged = {task.name for task in tasks if task.asks_models}
    reasons = {reward.reason for reward in report.rewards if not reward.verdict.has_value and reward.task not in judged}
    for reason in sorted(reasons)[:5]:
        out.print(styled(f"  not scored: {reason}", limit=400))
    err.print(styled(f"{output} is written; next: rlvr check {output} {data}", limit=600))
    if reasons:
        raise typer.Exit(FINDINGS)


def _controls_of(suite: Suite, data: Path) -> Controls:
    from rlvr_lab.attack.campaign import Scoring, run_controls
    from rlvr_lab.attack.material import subjects_in

    return run_controls(Scoring(suite), suite, subjects_in(suite, [data], _CONTROLS))
