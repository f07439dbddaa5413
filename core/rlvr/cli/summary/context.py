"""What was scored, as far as a summary names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class SummaryContext(msgspec.Struct, frozen=True, kw_only=True):
    """One scoring context.

    Attributes:
        suite: The suite file.
        fingerprint: The fingerprint of the suite.
        run: The run folder; "" without one.
        remarks: Sentences of scorers on the records, with the number of records each.
        unseen_paths: Lines on places that the suite names and no row has.
    """

    suite: str
    fingerprint: str
    run: str = ""
    remarks: Mapping[str, int] = {}
    unseen_paths: Sequence[str] = ()
