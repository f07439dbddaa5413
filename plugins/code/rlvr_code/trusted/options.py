"""Options of ``code.tests``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from rlvr_code.trusted.extraction import BlockChoice

Library: TypeAlias = Literal["numpy", "pandas"]
"""A library that submissions may import."""


class TestsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How submissions are run and rewarded.

    Attributes:
        partial: Whether the value is the weighted share of the tests that pass. If false, it is 1.0 if all tests
            pass, else 0.0. A test that an empty submission passes adds nothing to the share, but a submission that
            fails it loses its weight.
        answer: Which code block of a completion is the submission.
        test_seconds: CPU time that one test may use.
        submission_seconds: CPU time that a submission may use in all its tests.
        memory_mb: Address space of a submission's process.
        output_kb: Amount of text that a submission may print.
        language_layer: Whether source is compiled under the policy of ``rlvr_code.inside.language``.
        modules: Modules that submissions may import under the language layer, instead of the default list.
        libraries: Libraries that submissions may import in addition to ``modules``: ``numpy`` and ``pandas``, if they
            are installed. Each library needs memory, and time for each submission; see the README.
        own_operators: Whether classes of the submission that the tests construct perform ``==``, ``<``, arithmetic and
            ``in`` themselves. The evidence names the classes that did. If false, a test that needs them fails.
        required_layers: Layers of the sandbox that must work on this machine; if one does not, loading the suite
            raises an error. See ``rlvr doctor``.
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
