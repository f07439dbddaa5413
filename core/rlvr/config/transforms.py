"""Transforms: changes of a score's value before the aggregation, each with its explanation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import assert_never, cast

from rlvr.config.format import PlainTransform, TransformKind, TransformSection


def transform_from(section: PlainTransform | TransformSection) -> tuple[str, Callable[[float], float]]:
    """Return the explanation and the function of a transform.

    Raises:
        ValueError: The section has no key or several, or its bounds are out of order.
    """
    if isinstance(section, TransformSection):
        return _numeric_transform(section)
    match section:
        case "invert":
            return "1 - value", lambda value: 1.0 - value
        case _:
            assert_never(section)


def highest_value(transforms: Sequence[PlainTransform | TransformSection]) -> float:
    """Return the largest value that transforms make of a score from 0 to 1.

    All kinds are monotonic but ``steps``, whose results are tried one by one.
    """
    ends = [0.0, 1.0]
    for section in transforms:
        starts = section.steps or () if isinstance(section, TransformSection) else ()
        inner = [start for start, _ in starts if min(ends) < start < max(ends)]
        change = transform_from(section)[1]
        ends = [change(value) for value in (*ends, *inner)]
    return max(ends)


def _numeric_transform(section: TransformSection) -> tuple[str, Callable[[float], float]]:
    given = [name for name in section.__struct_fields__ if getattr(section, name) is not None]
    if len(given) != 1:
        raise ValueError(f"a transform sets exactly one of {', '.join(section.__struct_fields__)}")
    if not all(math.isfinite(number) for number in _numbers_in(section)):
        raise ValueError("a transform's numbers must be finite")
    kind, setting = cast("TransformKind", given[0]), getattr(section, given[0])
    match kind:
        case "threshold":
            return _threshold(setting)
        case "clip":
            return _clip(*setting)
        case "scale":
            return _scale(setting.factor, setting.offset)
        case "steps":
            return _steps(setting)
        case _:
            assert_never(kind)


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

    def step(value: float) -> float:
        reached = 0.0
        for start, result in steps:
            if value >= start:
                reached = result
        return reached

    return "steps " + ", ".join(f"{start:g}: {result:g}" for start, result in steps), step
