"""Prices of Lambda."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

# Lambda on x86, first tier, us-east-1: https://aws.amazon.com/lambda/pricing/, in the copies public on 2026-11-24.
DOLLARS_PER_GIGABYTE_SECOND = 0.0000166667
DOLLARS_PER_MILLION_REQUESTS = 0.20

# A function with this much memory has one core; with less memory it has a share of a core.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEGABYTES_PER_CORE = 1_769


class Prices(Struct, frozen=True, kw_only=True):
    """Prices of Lambda in dollars, and the memory size that they are for."""

    panel: ClassVar[str] = "Costs"

    memory_megabytes: Annotated[
        int, Meta(ge=128, le=10_240, description="The function's memory, in MB.", extra={"flag": "--memory"})
    ] = 512
    gigabyte_second: Annotated[float, Meta(ge=0, description="Price of a GB-second, in dollars.")] = (
        DOLLARS_PER_GIGABYTE_SECOND
    )
    million_requests: Annotated[float, Meta(ge=0, description="Price of a million requests, in dollars.")] = (
        DOLLARS_PER_MILLION_REQUESTS
    )
