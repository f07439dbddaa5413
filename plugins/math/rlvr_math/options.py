"""The leniencies of grading, each its own option and each off by default."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class GradeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``math.equivalent``, ``grade`` and ``verify``; strict by default, as reinforcement learning needs."""

    tolerance: Annotated[
        float, Meta(ge=0, le=0.5, description="Numbers nearer than this share of the reference count as equal.")
    ] = 0.0
    percent_as_number: Annotated[bool, Meta(description="50 and 50 % count as equal, both ways.")] = False
    unit_optional: Annotated[bool, Meta(description="An answer may leave out the reference's unit.")] = False
    last_number: Annotated[
        bool, Meta(description="Without any statement of an answer, the last number of the text is one.")
    ] = False
