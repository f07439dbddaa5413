"""Options of ``code.tests``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from rlvr_code.trusted.extraction import BlockChoice

Library: TypeAlias = Literal["numpy", "pandas"]
"""A library that submissions may import."""


class TestsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How submissions are run and paid.

    Attributes:
        partial: Whether to pay the weighted share of tests that pass, and not 1.0 for all alone. A test that an empty
            submission passes adds nothing, and costs its weight if it fails; 1.0 needs all tests.
        answer: Which code block of a completion is the submission.
        test_seconds: CPU time that one test may use.
        submission_seconds: CPU time that a submission may use in all its tests.
        memory_mb: Address space of a submission's process.
        output_kb: How much it may print.
        language_layer: Whether source is compiled under the policy of ``rlvr_code.inside.language``.
        modules: What submissions may import under it, in place of the default list.
        libraries: Libraries that submissions may import beside their modules: ``numpy`` and ``pandas``, if they are
            installed. Each takes memory and makes each submission dearer; see the README.
        own_operators: Whether classes of the submission that the tests construct answer ``==``, order, arithmetic and
            ``in`` themselves; the evidence names those that did. Without it, a test that needs them fails.
        required_layers: Layers without which scoring fails at the start; see ``rlvr doctor``.
    """

    partial: bool = False
    answer: BlockChoice = BlockChoice.AUTO
    test_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 3.0
    submission_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 6.0
    memory_mb: Annotated[int, msgspec.Meta(ge=128, le=65_536)] = 1_024
    output_kb: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 1_024
    language_layer: bool = True
    modules: tuple[str, ...] | None = None
    libraries: tuple[Library, ...] = ()
    own_operators: bool = True
    required_layers: tuple[str, ...] = ()

    RENAMED: ClassVar[Mapping[str, str]] = {"pay": "`partial`, true for the share", "block": "`answer`"}


DEFAULT_OPTIONS = TestsOptions()
