"""Several verdicts on the same item become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any, TypeVar, assert_never

import msgspec

from rlvr_judge.options import Combine
from rlvr_judge.questions import UNSURE, Item, Vote

KeyT = TypeVar("KeyT")


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """The vote of one sample of one model."""

    model: str
    weight: float
    vote: Vote


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a panel on one item.

    Attributes:
        worth: 0.0 to 1.0, combined; high is bad for the answer if the item is bad.
        verdict: The verdict if all agree, else the worth.
        agreement: The share of the votes that the most frequent verdict has.
        votes: What each judge said, for the evidence.
    """

    worth: float
    verdict: str
    agreement: float
    votes: tuple[Mapping[str, Any], ...]

    @property
    def reason(self) -> str:
        """The reason of the first judge."""
        return str(self.votes[0]["reason"])


def outcomes_of(items: Sequence[Item], ballots: Sequence[Ballot], combine: Combine) -> dict[str, Outcome]:
    """Combine the votes on each item."""
    return {item.name: _outcome_of(item, ballots, combine) for item in items}


def is_unsure(outcome: Outcome, least_agreement: float) -> bool:
    """Return whether a judge said that it is unsure, or fewer judges agree than they should."""
    return outcome.agreement < least_agreement or any(vote["verdict"] == UNSURE for vote in outcome.votes)


def _outcome_of(item: Item, ballots: Sequence[Ballot], combine: Combine) -> Outcome:
    findings = [(ballot.vote[item.name], ballot) for ballot in ballots]
    weights = _weights_by((finding.verdict, ballot.weight) for finding, ballot in findings)
    # Combined as the good of the answer, so that a minimum of a negative criterion is its worst too.
    worth = _good(
        item, _combined([(_good(item, finding.worth), ballot.weight) for finding, ballot in findings], combine)
    )
    return Outcome(
        worth=worth,
        verdict=next(iter(weights)) if len(weights) == 1 else f"{worth:.4g}",
        agreement=max(weights.values()) / fsum(weights.values()),
        votes=tuple(
            {"model": ballot.model, "verdict": finding.verdict, "reason": finding.reason}
            for finding, ballot in findings
        ),
    )


def _good(item: Item, worth: float) -> float:
    return 1.0 - worth if item.is_bad else worth


def _combined(votes: Sequence[tuple[float, float]], combine: Combine) -> float:
    """Combine values with weights; a tie of a majority goes to the lower value."""
    values = sorted(value for value, _ in votes)
    match combine:
        case "mean":
            return fsum(value * weight for value, weight in votes) / fsum(weight for _, weight in votes)
        case "median":
            half = len(values) // 2
            return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
        case "majority":
            weights = _weights_by(votes)
            return min(value for value, weight in weights.items() if weight == max(weights.values()))
        case "unanimity":
            return values[0] if values[0] == values[-1] else 0.0
        case "minimum":
            return values[0]
        case "maximum":
            return values[-1]
        case _:
            assert_never(combine)


def _weights_by(votes: Iterable[tuple[KeyT, float]]) -> dict[KeyT, float]:
    weights: dict[KeyT, float] = {}
    for key, weight in votes:
        weights[key] = weights.get(key, 0.0) + weight
    return weights
