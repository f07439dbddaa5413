"""``rlvr export``: write a task of a suite as a grader of OpenAI or Azure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from rlvr.cli.console import FINDINGS, err, errors_told, styled

Target: TypeAlias = Literal["openai", "azure"]


def export_graders(
    target: Annotated[Target, typer.Argument(help="The system that reads the grader.", show_default=False)],
    suite: Annotated[Path, typer.Argument(help="The suite.", show_default=False)],
    output: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")] = Path("-"),
    task: Annotated[str, typer.Option("--task", help="The task, if the suite has several.")] = "",
) -> None:
    """Write a task of a suite as a grader of OpenAI or Azure, whose types are the same.

    Exit codes: 0; 1, an entry cannot be a grader, and nothing is written; 2, the suite cannot be read.
    """
    with errors_told():
        from rlvr import close, load_suite
        from rlvr.runs import open_output
        from rlvr_lab.graders.exporting import export_openai

        loaded = load_suite(suite)
        try:
            found = export_openai(loaded, task)
        finally:
            close(loaded)
        if found.grader is not None:
            with open_output(output, inputs=[suite]) as file:
                file.write(json.dumps(found.grader, indent=2, ensure_ascii=False) + "\n")
    for each in found.refused:
        err.print(styled(f"not for {target}: {each.name} ({each.type}): {each.reason}", limit=600))
    if found.refused:
        raise typer.Exit(FINDINGS)
