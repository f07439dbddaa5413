"""``rlvr calibrate``: show how far the rewards of a run agree with the labels of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rlvr.cli.console import err, errors_told, harmless, out, print_json, styled
from rlvr.cli.summary.tables import Column, TextTable, lines_of
from rlvr_lab.calibrate.calibrating import differs
from rlvr_lab.page.numbers import decimal, short

if TYPE_CHECKING:
    from rlvr_lab.calibrate.agreement import Estimate
    from rlvr_lab.calibrate.calibrating import CalibratedRow, Calibration, Threshold

_SHOWN_DISAGREEMENTS, _SHOWN_CHARACTERS = 10, 600

_NAMES = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "auc": "AUC",
    "youden_j": "Youden's J",
    "cohen_kappa": "Cohen's kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "spearman": "Spearman",
}


def calibrate(  # noqa: PLR0917  # typer names them
    run: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    labels: Annotated[
        Path, typer.Argument(help="JSON lines of id, label and labeller; see `rlvr label`.", show_default=False)
    ],
    threshold: Annotated[
        float, typer.Option("--threshold", help="Rewards of at least this share of the range count as right.")
    ] = 0.5,
    right_at: Annotated[
        float | None,
        typer.Option(
            "--right-at",
            help="Labels of at least this are right; 0.5 if no label is above 1, else 4.5.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many disagreements to print.")] = (
        _SHOWN_DISAGREEMENTS
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Show how far the rewards of a run agree with the labels of people, and where they do not.

    Intervals come first: they cover 95 % and are made by drawing prompts again, 2,000 times.
    """
    with errors_told():
        from rlvr.runs import RunFolder
        from rlvr_lab.calibrate.calibrating import as_json as calibration_as_json
        from rlvr_lab.calibrate.calibrating import calibrate_run
        from rlvr_lab.labels import join_labels, read_labels

        folder = RunFolder(run)
        joined, unknown = join_labels(folder.rows(), read_labels(labels), str(labels))
        found = calibrate_run(
            folder.manifest,
            joined,
            source=str(labels),
            unknown=[each.id for each in unknown],
            threshold=threshold,
            right_at=right_at,
        )
        if as_json:
            print_json(calibration_as_json(found))
        else:
            _draw(found, limit)
    if found.unknown:
        err.print(
            styled(f"{len(found.unknown):,} labels have ids that the run does not have, such as {found.unknown[0]!r}")
        )


def _draw(found: Calibration, limit: int) -> None:
    right = sum(each.judged.is_right for each in found.rows)
    paid = sum(each.judged.is_paid for each in found.rows)
    absent = [(found.not_scored, "not scored"), (found.tied, "with as many labels for right as for wrong")]
    left_out = "".join(f"; left out: {count:,} {why}" for count, why in absent if count)
    out.print(
        f"{len(found.rows):,} labelled rows: people call {right:,} right, the reward {paid:,} "
        f"(labels from {found.right_at:g}, rewards from {found.threshold:g} of the range){left_out}"
    )
    _draw_table(_statistics_table("", found.statistics))
    for task, statistics in found.by_task.items():
        _draw_table(_statistics_table(harmless(task), statistics))
    _draw_people(found)
    _draw_thresholds(found)
    _draw_components(found)
    _draw_disagreements(found, limit)
    if found.suggestions:
        _draw_title("Suggestions")
    for each in found.suggestions:
        out.print(styled(f"{each.kind} {each.component}: {each.change}. It is {each.why}.", limit=1_000))


def _statistics_table(title: str, statistics: Mapping[str, Estimate]) -> TextTable:
    return TextTable(
        title=title,
        columns=[
            Column(head="agreement", cells=list(_NAMES.values())),
            _numbers("95 % interval", (_interval(statistics[name]) for name in _NAMES)),
            _numbers("value", (decimal(statistics[name].value, 2) for name in _NAMES)),
        ],
    )


def _draw_people(found: Calibration) -> None:
    people = found.labellers
    if len(people) < 2:  # noqa: PLR2004
        return
    if found.between_labellers is not None:
        alpha = found.between_labellers
        out.print()
        out.print(f"People among each other: Krippendorff's alpha {_interval(alpha)} ({decimal(alpha.value, 2)})")
    columns = [
        Column(head="labeller", cells=[harmless(each.name) or "no name" for each in people]),
        _numbers("labels", (f"{each.labels:,}" for each in people)),
        _numbers("accuracy of the reward", (decimal(each.accuracy, 2) for each in people)),
        _numbers("kappa with it", (decimal(each.cohen_kappa, 2) for each in people)),
        _numbers("kappa with other people", (decimal(each.kappa_with_others, 2) for each in people)),
    ]
    _draw_table(TextTable(title="", columns=columns))


def _draw_thresholds(found: Calibration) -> None:
    named: list[tuple[str, Threshold]] = []
    if found.best is not None:
        named.append(("the highest J", found.best))
    if found.precise is not None:
        named.append(("precision 0.95 or more", found.precise))
    if len(found.thresholds) < 3 or not named:  # noqa: PLR2004  # two rewards have one cut
        return
    cuts = [each for _, each in named]
    columns = [
        _numbers("threshold", (decimal(each.at, 3) for each in cuts)),
        Column(head="chosen for", cells=[why for why, _ in named]),
        _numbers("J", (decimal(each.youden_j, 2) for each in cuts)),
        _numbers("precision", (decimal(each.precision, 2) for each in cuts)),
        _numbers("recall", (decimal(each.recall, 2) for each in cuts)),
    ]
    _draw_table(TextTable(title="Thresholds, chosen on these labels, so optimistic", columns=columns))


def _draw_components(found: Calibration) -> None:
    parts = found.components
    columns = [
        Column(head="entry", cells=[harmless(each.name) for each in parts]),
        Column(head="task", cells=[harmless(each.task) for each in parts], rank=2),
        _numbers("rows", (f"{each.rows:,}" for each in parts)),
        _numbers("AUC, interval", (_interval(each.auc) for each in parts)),
        _numbers("AUC", (decimal(each.auc.value, 2) for each in parts)),
        _numbers("disagrees", (f"{each.disagrees:,}" for each in parts)),
        _numbers("as the reward does", (f"{each.in_disagreements:,}" for each in parts)),
        _numbers("alone", (f"{each.alone:,}" for each in parts)),
    ]
    _draw_table(TextTable(title="Components, and on how many rows they disagree with people", columns=columns))


def _draw_disagreements(found: Calibration, limit: int) -> None:
    rows = found.disagreements
    if rows and limit:
        _draw_title(f"Disagreements: {len(rows):,}")
    for each in rows[:limit]:
        _draw_row(each)
    if len(rows) > limit:
        out.print(f"and {len(rows) - limit:,} more; --limit N prints more, --json all")


def _draw_row(each: CalibratedRow) -> None:
    row = each.row
    side = "paid, and wrong" if each.judged.is_paid else "right, and not paid"
    out.print(styled(f"{row.id}: {side}; reward {short(row.reward)} ({row.reason})", limit=_SHOWN_CHARACTERS))
    for label in each.labelled.labels:
        note = f": {label.note}" if label.note else ""
        out.print(styled(f"  {label.labeller or 'label'} {float(label.label):g}{note}", limit=_SHOWN_CHARACTERS))
    names = [score.name for score in row.scores if differs(score, each.judged)]
    if len(row.scores) > 1 and names:
        out.print(styled(f"  disagrees: {', '.join(names)}"))
    for line in row.completion[:_SHOWN_CHARACTERS].splitlines():
        out.print(styled(f"  | {line}", limit=_SHOWN_CHARACTERS))
    if len(row.completion) > _SHOWN_CHARACTERS:
        out.print(f"  … {len(row.completion) - _SHOWN_CHARACTERS:,} more characters")


def _interval(estimate: Estimate) -> str:
    return "–" if estimate.low is None else f"{decimal(estimate.low, 2)} to {decimal(estimate.high, 2)}"


def _numbers(head: str, cells: Iterable[str]) -> Column:
    return Column(head=head, cells=list(cells), is_number=True)


def _draw_title(title: str) -> None:
    out.print()
    out.print(Text(title, style="bold"))


def _draw_table(table: TextTable) -> None:
    _draw_title(table.title) if table.title else out.print()
    for line in lines_of(table, out.width):
        out.print(Text(line))
