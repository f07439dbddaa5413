"""What Lambda charges."""

from __future__ import annotations

import msgspec

# Lambda on x86, first tier, us-east-1: https://aws.amazon.com/lambda/pricing/, in the copies public on 2026-11-24.
DOLLARS_PER_GIGABYTE_SECOND = 0.0000166667
DOLLARS_PER_MILLION_REQUESTS = 0.20

# A core of Lambda's comes with this much memory; less memory is a share of a core.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEGABYTES_PER_CORE = 1_769


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What Lambda charges, in dollars, and the memory size that it charges for."""

    memory_megabytes: int
    gigabyte_second: float = DOLLARS_PER_GIGABYTE_SECOND
    million_requests: float = DOLLARS_PER_MILLION_REQUESTS
