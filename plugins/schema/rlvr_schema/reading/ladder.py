"""Factors for answers, by where their JSON value is found."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import msgspec
from msgspec import Meta


class Rung(StrEnum):
    """How the value was found, best first."""

    EXACT = "exact"
    FENCED = "fenced"
    EMBEDDED = "embedded"
    REPAIRED = "repaired"

    @property
    def is_json(self) -> bool:
        """Whether the value is JSON as it was written."""
        match self:
            case Rung.EXACT | Rung.FENCED | Rung.EMBEDDED:
                return True
            case Rung.REPAIRED:
                return False
        assert_never(self)


Below = Annotated[float, Meta(ge=0.0, lt=1.0)]


class LadderOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Factors for answers that are not exactly one JSON value; none is greater than the one before."""

    fenced: Annotated[Below, Meta(description="Factor for an answer that is one fenced block.")] = 0.95
    embedded: Annotated[Below, Meta(description="Factor for a value among other text.")] = 0.8
    repaired: Annotated[Below, Meta(description="Factor for a value with slips of syntax; 0.0 repairs nothing.")] = 0.5

    def factor(self, rung: Rung) -> float:
        """Return what an answer is worth whose value was found in this way: 0.0 to 1.0."""
        match rung:
            case Rung.EXACT:
                return 1.0
            case Rung.FENCED:
                return self.fenced
            case Rung.EMBEDDED:
                return self.embedded
            case Rung.REPAIRED:
                return self.repaired
        assert_never(rung)

    def check(self) -> None:
        """Refuse a ladder that a worse answer climbs.

        Raises:
            ValueError: A rung is worth more than the one above it.
        """
        if not self.fenced >= self.embedded >= self.repaired:
            raise ValueError("the factors must not rise from `fenced` over `embedded` to `repaired`")
