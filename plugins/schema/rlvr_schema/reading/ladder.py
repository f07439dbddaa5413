"""What an answer is worth by where its JSON value is found."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Below = Annotated[float, Meta(ge=0.0, lt=1.0)]


class LadderOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an answer is worth that is not exactly one JSON value; each less than the one before, in this order."""

    fenced: Annotated[Below, Meta(description="Factor for an answer that is one fenced block.")] = 0.95
    embedded: Annotated[Below, Meta(description="Factor for a value among other text.")] = 0.8
    repaired: Annotated[Below, Meta(description="Factor for a value with slips of syntax; 0.0 repairs nothing.")] = 0.5

    def factor(self, rung: str) -> float:
        """Return the factor of a rung by its name."""
        return 1.0 if rung == "exact" else float(getattr(self, rung))

    def check(self) -> None:
        """Refuse a ladder that a worse answer climbs.

        Raises:
            ValueError: A rung is worth more than the one above it.
        """
        if not self.fenced >= self.embedded >= self.repaired:
            raise ValueError("the factors must not rise from `fenced` over `embedded` to `repaired`")
