"""``rlvr compare``: show on which rows two runs, or two suites, differ, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from rlvr.cli.console import FINDINGS, counted, err, errors_told, harmless, out, print_json, styled, tell_damage
from rlvr.cli.summary.tables import Column, TextTable, lines_of
from rlvr.runs import DASH, files_of
from rlvr_lab.page.rows_option import DEFAULT_ROWS, NoTextOption, RowsOption, read_rows

if TYPE_CHECKING:
    from rlvr_lab.clustered import ClusteredMean
    from rlvr_lab.compare.comparing import Comparison

_SHOWN_FLIPS, _SHOWN_TRANSITIONS = 10, 15


def compare(  # noqa: PLR0917  # typer names them
    first: Annotated[Path, typer.Argument(metavar="A", help="The folder of a run; or a suite.", show_default=False)],
    second: Annotated[Path, typer.Argument(metavar="B", help="The other run; or suite.", show_default=False)],
    data: Annotated[
        list[Path] | None, typer.Argument(help="The rows to score, if A and B are suites.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison with every flip as JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write one HTML file that opens without a network.")
    ] = None,
    rows: RowsOption = str(DEFAULT_ROWS),
    no_text: NoTextOption = False,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, help="Score suites in so many processes.", show_default=False),
    ] = None,
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Exit with 1 if a row earns less in B, or is not scored there.")
    ] = False,
) -> None:
    """Show on which rows two runs differ, with reasons, and the difference of their means.

    The difference is paired, its 95 % interval is over groups: the rows of one prompt are not independent.
    Runs over the same data are compared row by row, other runs by the ids of the rows.
    """
    most_rows = read_rows(rows)
    screen = err if output == DASH else out  # standard output has the page and nothing else
    with errors_told():
        from rlvr_lab.compare.comparing import as_json as comparison_as_json
        from rlvr_lab.compare.comparing import compare_runs
        from rlvr_lab.compare.sides import open_sides

        with open_sides(first, second, data or [], processes=processes) as (a, b):
            comparison = compare_runs(a, b)
            for side in (a, b):
                tell_damage(side.folder.path, side.folder.damage)
            if as_json:
                print_json(comparison_as_json(comparison), to_err=screen is err)
            else:
                _draw(screen, comparison)
            if output is not None:
                inputs = [first, second, *files_of(data or [])]
                _write(comparison, output, most_rows, inputs, with_text=not no_text)
    if fail_on_regression and comparison.moves["worse"]:
        raise typer.Exit(FINDINGS)


def _write(comparison: Comparison, output: Path, most_rows: int, inputs: Sequence[Path], *, with_text: bool) -> None:
    from rlvr.runs import open_output
    from rlvr_lab.compare.report import compare_page
    from rlvr_lab.page.document import files_of_run

    document, shown, changed = compare_page(comparison, most_rows=most_rows, with_text=with_text)
    runs = [path for side in (comparison.a, comparison.b) for path in files_of_run(side.folder.path)]
    with open_output(output, inputs=[*inputs, *runs]) as file:
        file.write(document)
    contains = "prompts and completions" if with_text else "no prompts and completions"
    size = len(document.encode()) / 1e6
    err.print(f"{harmless(output)}: {size:.1f} MB, {shown:,} of {changed:,} changed rows; it contains {contains}")


def _draw(screen: Console, comparison: Comparison) -> None:
    from rlvr_lab.page.numbers import signed

    screen.print(styled(f"A  {comparison.a.name}  {comparison.a.manifest.fingerprint}"))
    screen.print(styled(f"B  {comparison.b.name}  {comparison.b.manifest.fingerprint}"))
    counts = ", ".join(f"{count:,} {move}" for move, count in comparison.moves.items())
    alone = [(comparison.only_a, "A"), (comparison.only_b, "B")]
    absent = "".join(f"; {count:,} in {name} only" for count, name in alone if count)
    screen.print(f"{counted(len(comparison.pairs), 'row')} in both: {counts}{absent}")
    _draw_table(screen, _tasks_table(comparison))
    transitions = comparison.transitions[:_SHOWN_TRANSITIONS]
    if transitions:
        columns = [
            Column(head="task", cells=[harmless(each.task) for each in transitions], rank=1),
            Column(head="in A", cells=[harmless(each.a) for each in transitions]),
            Column(head="in B", cells=[harmless(each.b) for each in transitions]),
            Column(head="change", cells=[signed(each.mean_change, 2) for each in transitions], is_number=True),
            Column(head="rows", cells=[f"{each.rows:,}" for each in transitions], is_number=True),
        ]
        _draw_table(screen, TextTable(title="What became of the reasons", columns=columns))
    _draw_flips(screen, comparison)


def _tasks_table(comparison: Comparison) -> TextTable:
    from rlvr_lab.page.numbers import decimal, signed

    tasks = comparison.tasks

    def interval(found: ClusteredMean) -> str:
        return f"{signed(found.low)} to {signed(found.high)}" if found.low is not None and found.standard_error else "–"

    def column(head: str, cells: Iterable[str], rank: int = 0) -> Column:
        return Column(head=head, cells=list(cells), rank=rank, is_number=True)

    return TextTable(
        title="Difference by task, with its 95 % interval over groups",
        columns=[
            Column(head="task", cells=[harmless(each.task or "no task") for each in tasks]),
            column("rows", (f"{each.difference.rows:,}" for each in tasks), 2),
            column("A", (decimal(each.a) for each in tasks), 1),
            column("B", (decimal(each.b) for each in tasks), 1),
            column("B − A", (signed(each.difference.mean) for each in tasks)),
            column("interval", (interval(each.difference) for each in tasks)),
            column("better", (f"{each.moves['better']:,}" for each in tasks)),
            column("worse", (f"{each.moves['worse']:,}" for each in tasks)),
        ],
    )


def _draw_table(screen: Console, table: TextTable) -> None:
    screen.print()
    screen.print(Text(table.title, style="bold"))
    for line in lines_of(table, screen.width):
        screen.print(Text(line))


def _draw_flips(screen: Console, comparison: Comparison) -> None:
    from rlvr_lab.page.numbers import short

    flips = comparison.flips
    largest = sorted(flips, key=lambda pair: -abs(pair.change))[:_SHOWN_FLIPS]
    if largest:
        screen.print()
        screen.print(Text("Flips, the largest first", style="bold"))
    for pair, first, second in comparison.rows_of(largest):
        sides = [
            f"{short(each.reward) if each.is_scored else each.verdict} ({row.reason})"
            for each, row in ((pair.a, first), (pair.b, second))
        ]
        screen.print(styled(f"{first.id}: {sides[0]} → {sides[1]}", limit=600))
    if len(flips) > len(largest):
        screen.print(f"and {len(flips) - len(largest):,} more flips; --json lists all, -o FILE shows them")
