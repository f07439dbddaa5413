"""``rlvr new plugin``: a complete package with one scorer, its tests and its continuous integration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from rlvr.cli.console import errors_told, out, styled

app = typer.Typer(help="Write the first files of something new.", no_args_is_help=True)


@app.callback()
def new() -> None:
    """Write the first files of something new."""


@app.command()
def plugin(
    name: Annotated[str, typer.Argument(help="The name of the plugin, such as `units`.", show_default=False)],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to write it; rlvr-NAME if not given.", show_default=False)
    ] = None,
) -> None:
    """Write a package that offers the scorer NAME.exact: `pip install ./rlvr-NAME`, then name it in a suite."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,30}", name):
        raise typer.BadParameter(f"{name!r} is no name: 2 to 31 small letters and digits, a letter first")
    with errors_told():
        from rlvr import RecordsError
        from rlvr_lab.start.plugin_files import plugin_files

        target = folder if folder is not None else Path(f"rlvr-{name}")
        if target.exists() and any(target.iterdir()):
            raise RecordsError(str(target), 0, "is a folder with files already")
        for place, text in plugin_files(name).items():
            path = target / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            out.print(styled(path, limit=600))
