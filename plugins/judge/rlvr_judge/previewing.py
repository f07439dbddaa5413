"""What a judge would be asked about a record, without asking it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from rlvr import Entry, Record, Score
from rlvr_judge.asking import Asker
from rlvr_judge.backends.call import Call
from rlvr_judge.backends.connection import Connection
from rlvr_judge.panel import Outcome
from rlvr_judge.prompts.layout import Material
from rlvr_judge.questions import Inquiry
from rlvr_judge.voting import Voting


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of one entry about one record.

    Attributes:
        requests: The connection and the call of each request that is sent first; retries and larger judges may follow.
        screened: The score that is given without a request; None if requests are sent.
    """

    requests: list[tuple[Connection, Call]]
    screened: Score | None


class _Previewer(Asker):
    """An asker that keeps the requests that it would send."""

    requests: list[tuple[Connection, Call]]

    async def score(
        self, material: Material, inquiry: Inquiry, score_of: Callable[[Mapping[str, Outcome]], Score]
    ) -> Score:
        """Keep the requests; see :class:`Asker`."""
        del score_of
        screened, _ = self._screen(material.answer)
        if screened is not None:
            return screened
        asked = inquiry.with_guard() if self.options.asks_guard else inquiry
        self.requests = Voting(self.options, self.panel, self.larger, material, asked).first_calls()
        return Score.abstained("nothing was sent")


def judges_in(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """Yield the entries that ask a model, and second scorers that do."""
    for entry in entries:
        for each in entry.all_scorers:
            if isinstance(getattr(each.prepared, "asker", None), Asker) and each.prepared.options.models:
                yield each


async def preview(entry: Entry, record: Record) -> Preview:
    """Return the requests of an entry of :func:`judges_in` about a record that was routed to its task."""
    asker = _Previewer(entry.prepared.options)
    asker.requests = []
    prepared = msgspec.structs.replace(entry.prepared, asker=asker)
    answer: Any = entry.installed.scorer.call((entry.visible_part(record),), prepared)
    score = await answer if inspect.isawaitable(answer) else answer
    return Preview(requests=asker.requests, screened=None if asker.requests else score)
