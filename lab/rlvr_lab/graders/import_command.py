"""``rlvr import``: convert graders of another system into a suite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from rlvr.cli.console import FINDINGS, err, errors_told, out, print_json, styled

if TYPE_CHECKING:
    from rlvr_lab.graders.conversion import Conversion

Source: TypeAlias = Literal["openai", "azure", "google", "promptfoo"]


def import_graders(  # noqa: PLR0917  # typer names them
    source: Annotated[Source, typer.Argument(help="Where the graders come from.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="JSON or YAML with graders; or rows with rubrics.", show_default=False)],
    output: Annotated[Path, typer.Option("--out", "-o", help="The suite to write; - for standard output.")] = Path("-"),
    model: Annotated[str, typer.Option("--model", help="The judges' model, in place of the graders'.")] = "",
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Its address; Amazon Bedrock if empty.", show_default=False)
    ] = None,
    api_key_variable: Annotated[
        str | None, typer.Option("--api-key-variable", help="The variable with its key.", show_default=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was converted and what was not as JSON; needs -o FILE.")
    ] = False,
) -> None:
    """Convert graders of OpenAI, Azure, Google or promptfoo into a suite.

    What cannot be converted is listed with the reason, and so is what differs from the source.
    Exit codes: 0; 1, something was not converted; 2, the file cannot be read.
    """
    with errors_told():
        from rlvr.runs import DASH, open_output
        from rlvr_lab.graders.conversion import Models
        from rlvr_lab.graders.converting import convert_file, suite_text

        chosen = Models(model=model, base_url=base_url, api_key_variable=api_key_variable)
        found = convert_file(source, file, chosen)
        if found.tasks:
            if output == DASH:
                out.print(suite_text(found, source, file.name), end="", soft_wrap=True)
            else:
                with open_output(output, inputs=[file]) as stream:
                    stream.write(suite_text(found, source, file.name))
        if as_json and output != DASH:
            refused = [{"name": each.name, "type": each.type, "reason": each.reason} for each in found.refused]
            tasks = {name: [entry["name"] for entry in task["scorers"]] for name, task in found.tasks.items()}
            print_json({"tasks": tasks, "refused": refused, "notes": list(found.notes)})
        else:
            _tell(found)
    if found.refused:
        raise typer.Exit(FINDINGS)


def _tell(found: Conversion) -> None:
    count = sum(len(task["scorers"]) for task in found.tasks.values())
    err.print(f"{count} {'entry' if count == 1 else 'entries'} in {len(found.tasks)} task(s)")
    for each in found.refused:
        kind = f" ({each.type})" if each.type else ""
        err.print(styled(f"not converted: {each.name}{kind}: {each.reason}", limit=600))
    for note in found.notes:
        err.print(styled(f"note: {note}", limit=600))
