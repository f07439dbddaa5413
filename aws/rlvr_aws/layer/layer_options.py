"""The options of a layer, shared by the commands that build one."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from rlvr_aws.layer.target import Architecture, LayerTarget, PythonVersion


class RequirementOptions(Struct, frozen=True, kw_only=True):
    """Distributions besides those that the suite needs."""

    panel: ClassVar[str] = "Layer"

    requirements: Annotated[
        tuple[str, ...],
        Meta(
            description="A further distribution, such as rapidfuzz; may be repeated.",
            extra={"flag": "--with", "metavar": "REQUIREMENT"},
        ),
    ] = ()
    without: Annotated[
        tuple[str, ...],
        Meta(
            description="A distribution to leave out, such as sympy, which math.equivalent needs for limits and series "
            "only; may be repeated.",
            extra={"metavar": "NAME"},
        ),
    ] = ()


class LayerOptions(RequirementOptions, frozen=True, kw_only=True):
    """Where a layer runs, and how it is built."""

    python: Annotated[PythonVersion, Meta(description="Lambda's Python.")] = "3.13"
    architecture: Annotated[Architecture, Meta(description="Lambda's architecture.")] = "x86_64"
    byte_code: Annotated[
        bool,
        Meta(
            description="Compile the modules with Lambda's Python, which must be on this machine; halves the time of a "
            "cold start."
        ),
    ] = False

    @property
    def target(self) -> LayerTarget:
        """The Python and the architecture that the layer is for."""
        return LayerTarget(self.python, self.architecture)
