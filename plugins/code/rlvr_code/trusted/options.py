"""Options of ``code.tests``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from rlvr_code.trusted.extraction import BlockChoice


class Pay(StrEnum):
    """What is paid: 1.0 if all tests pass, or the share of tests that pass."""

    ALL = "all"
    FRACTION = "fraction"


class TestsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How submissions are run and paid.

    Attributes:
        pay: ``all`` pays 1.0 if every test passes, else 0.0; ``fraction`` pays the weighted share of those that do:
            a test that an empty submission passes adds nothing, and costs its weight if it fails; 1.0 needs all tests.
        block: Which code block of an answer is the submission.
        test_seconds: CPU time that one test may use.
        submission_seconds: CPU time that a submission may use in all its tests.
        memory_mb: Address space of a submission's process.
        output_kb: How much it may print.
        language_layer: Whether source is compiled under the policy of ``rlvr_code.inside.language``.
        modules: What submissions may import under it, in place of the default list.
        required_layers: Layers without which scoring fails at the start; see ``rlvr doctor``.
    """

    pay: Pay = Pay.ALL
    block: BlockChoice = BlockChoice.AUTO
    test_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 3.0
    submission_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 6.0
    memory_mb: Annotated[int, msgspec.Meta(ge=128, le=65_536)] = 1_024
    output_kb: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 1_024
    language_layer: bool = True
    modules: tuple[str, ...] | None = None
    required_layers: tuple[str, ...] = ()


DEFAULT_OPTIONS = TestsOptions()
