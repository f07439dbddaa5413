"""Output of commands: text that is safe for a terminal, errors on one line, exit codes."""

from __future__ import annotations

import errno
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from rlvr.errors import OutputError, RlvrError
from rlvr.record.text import encodable_text

FINDINGS, WRONG = 1, 2

# Escape sequences and other control characters of a completion must not reach a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# What to do about a file that cannot be written.
_NEXT_STEPS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space, or write to another disk"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "name a place where you may write"),
}

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def harmless(value: object, limit: int = 200) -> str:
    """Return text that is safe to print: without control characters and lone surrogates, cut to a limit."""
    text = encodable_text(_CONTROL.sub("\ufffd", str(value)), "?")
    return text if len(text) <= limit else text[:limit] + "…"


def counted(number: int, noun: str) -> str:
    """Return a count with its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def styled(value: object, style: str = "", limit: int = 200) -> Text:
    """Return harmless text for a table; it is never parsed as markup."""
    return Text(harmless(value, limit), style=style)


def print_json(value: object, *, to_err: bool = False) -> None:
    """Print one JSON document and nothing else; on standard error if another output has standard output."""
    (sys.stderr if to_err else sys.stdout).write(json.dumps(value, indent=2, default=str) + "\n")


@contextmanager
def errors_told() -> Iterator[None]:
    """Print an error of rlvr, or of a file that cannot be written, on one line of standard error; exit with code 2."""
    try:
        yield
    except RlvrError as error:
        tell_error(error)
        raise typer.Exit(WRONG) from error
    except BrokenPipeError:
        raise  # the reader of the output closed it
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        told = OutputError(str(error.filename or "standard output"), problem, _NEXT_STEPS.get(error.errno or 0, ""))
        for note in getattr(error, "__notes__", ()):
            told.add_note(note)
        tell_error(told)
        raise typer.Exit(WRONG) from error


def tell_error(error: BaseException | str) -> None:
    """Print an error and its notes on standard error."""
    err.print(Text("rlvr: error: ", style="bold red") + Text(harmless(error, 2_000)))
    for note in getattr(error, "__notes__", ()):
        err.print(Text(f"  {harmless(note, 500)}"))


def tell_damage(run: object, damage: str) -> None:
    """Print what of a run folder is lost, if something is, and how it comes back; on standard error."""
    if damage:
        err.print(Text("rlvr: ", style="bold red") + Text(harmless(f"{run}: {damage}", 2_000)))
        err.print(Text("  the command that wrote the run scores them again"))
