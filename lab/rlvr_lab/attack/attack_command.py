"""``rlvr attack``: try wrong answers on a reward before a model does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer
from rich.text import Text

from rlvr.cli.console import FINDINGS, errors_told, harmless, out, print_json, styled

if TYPE_CHECKING:
    from rlvr_lab.attack.attacking import Attacked

CANNOT_JUDGE = 3

_SHOWN_CHARACTERS = 160

_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "", "info": "dim"}


def attack(  # noqa: PLR0917  # typer names them
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    data: Annotated[list[Path], typer.Argument(help="Files of rows with prompts and references.", show_default=False)],
    rows: Annotated[int, typer.Option("--rows", min=1, help="Records to attack at most, taken evenly.")] = 200,
    budget: Annotated[
        int, typer.Option("--budget", min=0, help="Evaluations of the adaptive search; 0 for none.")
    ] = 2_000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed searches in another order.")] = 0,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="A suite to compare with; only new findings fail.")
    ] = None,
    ask_models: Annotated[
        bool, typer.Option("--ask-models", help="Also call costly scorers, such as judges: rows times 100 calls.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print verdict and findings as JSON.")] = False,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Write one HTML file.")] = None,
) -> None:
    """Try wrong answers on a reward: which are paid, by which component, and what to change.

    Right answers in a dozen forms come first: where none is paid, nothing can be judged.
    A finding that needs the right answer ("gold") does not fail the command.

    Exit codes: 0, resisted; 1, something is paid; 2, the suite, the files or the options are wrong; 3, cannot judge.
    """
    with errors_told():
        from rlvr_lab.attack.attacking import as_json as attacked_as_json
        from rlvr_lab.attack.attacking import attack_suite

        attacked = attack_suite(suite, data, rows=rows, budget=budget, seed=seed, asks_models=ask_models)
        before = (
            attack_suite(baseline, data, rows=rows, budget=budget, seed=seed, asks_models=ask_models)
            if baseline is not None
            else None
        )
        if as_json:
            print_json(attacked_as_json(attacked, before))
        else:
            _draw(attacked, before)
        if output is not None:
            from rlvr.runs import open_output
            from rlvr_lab.attack.page import attack_page

            with open_output(output, inputs=[suite, *data]) as file:
                file.write(attack_page(attacked, before))
    match attacked.verdict:
        case "cannot judge":
            raise typer.Exit(CANNOT_JUDGE)
        case "exploitable":
            if before is None or attacked.new_since(before):
                raise typer.Exit(FINDINGS)
        case "resisted":
            pass
        case _:
            assert_never(attacked.verdict)


def _draw(attacked: Attacked, before: Attacked | None) -> None:
    out.print(styled(attacked.verdict, "bold"))
    for each in attacked.tasks:
        controls = each.campaign.controls
        best = next(iter(controls.means.items()), None)
        form = f", best as '{best[0]}' ({best[1]:.2f})" if best else ""
        out.print(
            styled(
                f"{each.task}: {len(each.campaign.subjects)} records; right answers are paid on {controls.paid} of "
                f"{controls.with_gold}{form}",
                limit=500,
            )
        )
        shares = [
            f"{name} {value:.2f}"
            for name, value in (("without the gold", each.j_free), ("with the gold", each.j_gold))
            if value is not None
        ]
        if shares:
            out.print(styled(f"  Youden's J: {', '.join(shares)}"))
    if attacked.skips_models:
        out.print("costly scorers were not asked, and count as paying no attack; --ask-models asks them")
    for finding in attacked.findings:
        out.print()
        ratio = "" if finding.exploit_ratio is None else f", {finding.exploit_ratio:.0%} of honest work"
        counts = f", {finding.paid} of {finding.records} records" if finding.paid else ""
        needs = f"needs: {finding.needs}" + (f", paid by {finding.component}" if finding.component else "")
        head = Text(f"{finding.severity:<8} ", style=_COLOURS[finding.severity])
        out.print(head + Text(f"{harmless(finding.title)} [{finding.family}]", style="bold"))
        out.print(styled(f"         {needs}{counts}{ratio}", limit=300))
        if finding.example:
            out.print(styled(f"         example: {finding.example!r}", limit=_SHOWN_CHARACTERS))
        if finding.also:
            out.print(styled(f"         so are: {', '.join(finding.also)}", limit=300))
        if finding.remedy:
            out.print(styled(f"         remedy: {finding.remedy}", limit=400))
    if before is not None:
        out.print()
        new, fixed = attacked.new_since(before), before.new_since(attacked)
        out.print(styled(f"against {before.suite}: {_names(new)} new, {_names(fixed)} gone", limit=1_000))


def _names(findings: list[tuple[str, str, str]]) -> str:
    return ", ".join("/".join(filter(None, each)) for each in findings) or "nothing"
