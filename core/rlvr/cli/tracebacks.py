"""The tracebacks of functions that raised, for the person who repairs them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from rlvr.cli.console import err, harmless
from rlvr.runs import Traceback

_SHOWN, _SHOWN_CHARACTERS = 10, 8_000


class Tracebacks:
    """Collects tracebacks: of those that end at the same line with the same exception, the first."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, tracebacks: Iterable[Traceback]) -> None:
        """Collect the tracebacks of a batch."""
        for each in tracebacks:
            frames = each.text.rpartition("\n")[0]
            first, count = self._found.get((each.scorer, frames), (f"record {each.record}\n{each.text}", 0))
            self._found[each.scorer, frames] = (first, count + 1)

    def print(self) -> None:
        """Print the tracebacks on standard error."""
        for (scorer, _), (text, count) in list(self._found.items())[:_SHOWN]:
            records = "1 record" if count == 1 else f"{count:,} records, the first of them"
            err.print(Text(f"{harmless(scorer)} raised on {records}:", style="bold red"))
            err.print(Text(harmless(text, _SHOWN_CHARACTERS)))
        if len(self._found) > _SHOWN:
            err.print(f"and {len(self._found) - _SHOWN:,} more tracebacks")
