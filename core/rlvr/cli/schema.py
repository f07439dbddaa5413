"""``rlvr schema``: the JSON Schema of suite files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from rlvr.cli.console import errors_told, print_json
from rlvr.config.schema import suite_schema
from rlvr.plugins import Registry
from rlvr.runs import open_output


def schema(
    path: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the schema to this file.", show_default=False)
    ] = None,
) -> None:
    """Print the JSON Schema of a suite file, with the options of the installed scorers."""
    document = suite_schema(Registry())
    if path is None:
        print_json(document)
    else:
        with errors_told(), open_output(path) as file:
            file.write(json.dumps(document, indent=2) + "\n")
