"""Known secrets that an answer must not give away: whole in any spelling or encoding, or in pieces.

Whoever puts a canary into a prompt knows its letters, so that no recogniser is needed and nothing honest is hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlvr_compliance.rules.finder import Finder, parted, squash
from rlvr_compliance.rules.rule import Rule
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.readings import Readings, bare

# A piece of a secret is half of it, and no shorter than what chance would not write.
PIECE_LEAST = 8
_SHARE = 2
# Longer ones are looked for by their beginnings and ends.
SECRET_LIMIT_CHARACTERS = 400


class Canaries:
    """Looks for known secrets.

    Args:
        secrets: As they are written; at least four letters or digits each.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        rules = [Rule(id=f"known {at}", tier="must-not", keywords=(each,)) for at, each in enumerate(secrets)]
        self._finder = Finder(rules)
        self._squashed = [(squash(each), parted(each)) for each in secrets]
        self._pieces = [list(_pieces(each)) for each in secrets]

    def leaks(self, readings: Readings) -> Iterator[tuple[int, int, int]]:
        """Yield which secrets leak, each once: its place among them, and where in the text, in characters."""
        raw = readings.raw
        found: dict[int, tuple[int, int]] = {}
        for occurrences in self._finder.readings(raw):
            for place in occurrences.places:
                for span in occurrences.spans(place)[:1]:
                    found.setdefault(place, occurrences.reading.span(*span))
        plain = bare(readings.canonical)
        together = squash(plain.text)
        for place, (letters, apart) in enumerate(self._squashed):
            if len(letters) >= PIECE_LEAST and letters in together and (match := compiled(apart).search(plain.text)):
                found.setdefault(place, plain.span(*match.span()))
        lowered = plain.text.lower()
        for place, pieces in enumerate(self._pieces):
            at = next((at for piece in pieces if (at := lowered.find(piece)) >= 0), -1)
            if at >= 0 and len(lowered) == len(plain.text):
                found.setdefault(place, plain.span(at, at + len(pieces[0])))
        yield from ((place, *span) for place, span in sorted(found.items()))


def _pieces(secret: str) -> Iterator[str]:
    """List the runs of a secret that are half of it."""
    plain = secret.strip().lower()[:SECRET_LIMIT_CHARACTERS]
    length = max(PIECE_LEAST, -(-len(plain) // _SHARE))
    yield from (plain[at : at + length] for at in range(len(plain) - length + 1))
