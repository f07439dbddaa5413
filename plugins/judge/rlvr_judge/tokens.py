"""The tokens of a reply, and what they cost."""

from __future__ import annotations

import msgspec


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a reply, also of one that is no verdict.

    Attributes:
        tokens_in: Of the request, with those of a cached prompt.
        tokens_out: Of the reply.
        tokens_cached: Of the request, read from a cached prompt.
        tokens_written: Of the request, put into a cache.
        usd: What they cost; 0.0 if the price of the model is not known.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_written: int = 0
    usd: float = 0.0
