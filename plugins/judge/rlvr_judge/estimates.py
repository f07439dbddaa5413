"""Estimates of what requests take, before any is sent."""

from __future__ import annotations

import json
import math

from rlvr_judge.backends.call import Call
from rlvr_judge.tokens import Tokens

# Tokenizers of current models make a token of about four bytes of English; other languages and code take more.
BYTES_PER_TOKEN = 4
# Tokens that a request takes in addition to its texts: roles, the frame of a tool or a schema.
FRAME_TOKENS = 30
# Characters of a reply on one item: a reason of twenty words, the verdict, and the marks of JSON.
REPLY_CHARACTERS_PER_ITEM = 170


def tokens_of(text: str) -> int:
    """Estimate the tokens of a text."""
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)


def estimated_tokens(call: Call) -> Tokens:
    """Estimate the tokens that a request and its reply take."""
    texts = call.system + call.user + json.dumps(call.schema)
    items = max(1, len(call.schema.get("properties", ())))
    out = min(call.max_tokens, math.ceil(items * REPLY_CHARACTERS_PER_ITEM / BYTES_PER_TOKEN))
    return Tokens(tokens_in=tokens_of(texts) + FRAME_TOKENS, tokens_out=out)
