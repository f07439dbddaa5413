"""Changes of a scorer's value before it is aggregated, each with the words that explain it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from rlvr.config.format import TransformSection


def transform_from(section: Literal["invert"] | TransformSection) -> tuple[str, Callable[[float], float]]:
    """Make one transform of its section.

    Raises:
        ValueError: The section sets no key or several, or its bounds are out of order.
    """
    if section == "invert":
        return "1 - value", lambda value: 1.0 - value
    given = [name for name in section.__struct_fields__ if getattr(section, name) is not None]
    if len(given) != 1:
        raise ValueError(f"a transform sets exactly one of {', '.join(section.__struct_fields__)}")
    if not all(math.isfinite(number) for number in _numbers_in(section)):
        raise ValueError("a transform's numbers must be finite")
    if section.threshold is not None:
        return _threshold(section.threshold)
    if section.clip is not None:
        return _clip(*section.clip)
    if section.scale is not None:
        return _scale(section.scale.factor, section.scale.offset)
    return _steps(section.steps or ())


def _numbers_in(section: TransformSection) -> list[float]:
    scale = [] if section.scale is None else [section.scale.factor, section.scale.offset]
    steps = [number for step in section.steps or () for number in step]
    return [*(section.clip or ()), *scale, *steps]


def _threshold(least: float) -> tuple[str, Callable[[float], float]]:
    return f"value >= {least:g}", lambda value: 1.0 if value >= least else 0.0


def _clip(low: float, high: float) -> tuple[str, Callable[[float], float]]:
    if low > high:
        raise ValueError(f"clip [{low:g}, {high:g}] has its low end above its high end")
    return f"clip to [{low:g}, {high:g}]", lambda value: max(low, min(high, value))


def _scale(factor: float, offset: float) -> tuple[str, Callable[[float], float]]:
    return f"value * {factor:g} + {offset:g}", lambda value: value * factor + offset


def _steps(steps: Sequence[tuple[float, float]]) -> tuple[str, Callable[[float], float]]:
    starts = [start for start, _ in steps]
    if starts != sorted(set(starts)):
        raise ValueError("steps must rise from one to the next")

    def stepped(value: float) -> float:
        reached = 0.0
        for start, result in steps:
            if value >= start:
                reached = result
        return reached

    return "steps " + ", ".join(f"{start:g}: {result:g}" for start, result in steps), stepped
