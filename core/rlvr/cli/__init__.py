"""The command line; what it draws with is imported here and nowhere else in core."""

from __future__ import annotations

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
    app(prog_name="rlvr")
