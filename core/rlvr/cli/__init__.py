"""The command line; the only part of core that imports typer and rich."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run ``rlvr``; if its extra is not installed, print how to install it and exit with code 2."""
    # The pool that pyarrow prefers keeps freed memory: 1 million rows from Parquet to Parquet took 100 MB more.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        from rlvr.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        from rlvr.distributions import how_to_install

        sys.stderr.write(f"rlvr: error: the command line needs {error.name}; run {how_to_install('rlvr[cli]')}\n")
        sys.exit(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 gets question marks, not a traceback
    app(prog_name="rlvr")
