"""The command line; what it draws with is imported here and nowhere else in core."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run ``rlvr``; without its extra installed, say how to install it."""
    try:
        from rlvr.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.stderr.write(f"rlvr: error: the command line needs {error.name}; run pip install 'rlvr[cli]'\n")
        sys.exit(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 gets question marks, not a traceback
    app(prog_name="rlvr")
