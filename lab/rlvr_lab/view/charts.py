"""Places of the bars and points of the charts, in units of their view box; the templates draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rlvr.cli.console import counted
from rlvr_lab.page.numbers import decimal, short
from rlvr_lab.page.visible import visible
from rlvr_lab.rewards import CEILING, PromptGroup, band_edges, has_signal
from rlvr_lab.view.findings import Filter
from rlvr_lab.view.statistics import LengthBin

WIDTH = 360
# Floor and ceiling are wide bars of their own at both ends; ten inner bars share the space between.
_END, _INNER, _FIRST, _STEP = 46.0, 21.0, 58.0, 24.6
_TOP, _BASE = 18.0, 92.0
_GROUP_BARS, _GROUP_BAR, _GROUP_STEP, _GROUP_BASE = 11, 28.0, 33.0, 78.0
_LENGTH_LEFT, _LENGTH_TOP, _LENGTH_BASE, _LENGTH_STEP = 46.0, 12.0, 100.0, 286.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar: its place, its class in the stylesheet, the rows that it counts, and what shows them."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    count: int
    label: str
    shows: Filter | None = None

    @property
    def middle(self) -> float:
        """The middle, where the count is written."""
        return round(self.x + self.width / 2, 1)


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A mean and its interval: the place, the ends of the whisker, and the words below and in the tooltip."""

    x: float
    y: float
    low: float
    high: float
    name: str
    label: str


def reward_bars(task: str, bands: Sequence[int], low: float, high: float) -> list[Bar]:
    """Return a bar for each band that has rows."""
    most = max(bands) or 1
    bars = []
    for band, count in enumerate(bands):
        if not count:
            continue
        height = round(max(1.5, (_BASE - _TOP) * count / most), 1)
        first, last = band_edges(band, low, high)
        name = f"reward {short(first)}" if first == last else f"reward {short(first)} to {short(last)}"
        bars.append(
            Bar(
                x=0.0 if band == 0 else WIDTH - _END if band == CEILING else round(_FIRST + _STEP * (band - 1), 1),
                y=round(_BASE - height, 1),
                width=_INNER if 0 < band < CEILING else _END,
                height=height,
                kind="lo" if band == 0 else "hi" if band == CEILING else "bar",
                count=count,
                label=f"{name}: {counted(count, 'row')}",
                shows=Filter(task=visible(task), band=str(band)),
            )
        )
    return bars


def group_bars(groups: Sequence[PromptGroup], low: float, high: float) -> list[Bar]:
    """Return the groups by mean reward: hollow bars for those that teach nothing, on them those that do."""
    flat, teaching = [0] * _GROUP_BARS, [0] * _GROUP_BARS
    for group in groups:
        if group.mean is not None:
            place = round((group.mean - low) / (high - low) * (_GROUP_BARS - 1))
            (teaching if has_signal(group.state) else flat)[max(0, min(_GROUP_BARS - 1, place))] += 1
    most = max((a + b for a, b in zip(flat, teaching, strict=True)), default=0) or 1
    bars = []
    for place in range(_GROUP_BARS):
        base = _GROUP_BASE
        for kind, counts, words in (("flat", flat, "of one reward only"), ("bar", teaching, "that teach")):
            height = round((_GROUP_BASE - _TOP) * counts[place] / most, 1)
            if counts[place]:
                base = round(base - height, 1)
                label = f"{counted(counts[place], 'group')} {words}"
                bar = Bar(
                    x=_GROUP_STEP * place,
                    y=base,
                    width=_GROUP_BAR,
                    height=height,
                    kind=kind,
                    count=flat[place] + teaching[place],
                    label=label,
                )
                bars.append(bar)
    return bars


def bar_tops(bars: Sequence[Bar]) -> Mapping[float, tuple[float, int]]:
    """Return for the middle of each stack of bars the height of its top and its count."""
    return {bar.middle: (bar.y, bar.count) for bar in bars}


def length_points(bins: Sequence[LengthBin], low: float, high: float) -> list[Point]:
    """Return the mean reward of each bin of lengths."""
    step = _LENGTH_STEP / max(1, len(bins) - 1)

    def height(value: float) -> float:
        share = max(0.0, min(1.0, (value - low) / (high - low)))
        return round(_LENGTH_BASE - share * (_LENGTH_BASE - _LENGTH_TOP), 1)

    points = []
    for place, each in enumerate(bins):
        reward = each.reward
        words = str(each.least) if each.least == each.most else f"{each.least}–{each.most}"
        points.append(
            Point(
                x=round(_LENGTH_LEFT + step * place, 1),
                y=height(reward.mean),
                low=height(reward.mean if reward.low is None else reward.low),
                high=height(reward.mean if reward.high is None else reward.high),
                name=words,
                label=f"{words} words: mean {decimal(reward.mean)} of {counted(reward.rows, 'row')}",
            )
        )
    return points
