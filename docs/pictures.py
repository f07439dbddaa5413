"""Draw the pictures of the site: small SVGs in the colour of the text around them, so that they follow the theme."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, STEP, BOX_HEIGHT = 720, 20, 44


def pictures() -> Mapping[str, str]:
    """Return the SVG of each picture by its file name."""
    return {
        "journey.svg": _chain(
            "The journey of a row",
            [
                ("row", "one line of your data"),
                ("record", "prompt, completion, reference"),
                ("task", "the route chooses it"),
                ("scores", "one per scorer, 0 to 1"),
                ("reward", "one number, explained"),
            ],
        ),
        "loop.svg": _chain(
            "What GRPO does with rewards",
            [
                ("prompt", "from the data set"),
                ("k completions", "the model writes"),
                ("k rewards", "rlvr scores"),
                ("advantages", "reward minus group mean"),
                ("update", "better ones more likely"),
            ],
        ),
        "groups.svg": _groups(),
    }


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}" fill="none" stroke="currentColor" font-family="inherit" font-size="14">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>\n"
    )


def _text(x: float, y: float, text: str, size: int = 14, weight: str = "normal") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="currentColor" stroke="none" font-size="{size}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )


def _chain(title: str, stations: Sequence[tuple[str, str]]) -> str:
    """Draw boxes in a row with arrows between them, each with a line of explanation below."""
    width = (WIDTH - (len(stations) - 1) * STEP) / len(stations)
    parts = []
    for index, (name, below) in enumerate(stations):
        left = index * (width + STEP)
        middle = left + width / 2
        parts.append(f'<rect x="{left + 1:g}" y="1" width="{width - 2:g}" height="{BOX_HEIGHT}" rx="6"/>')
        parts.append(_text(middle, 28, name, weight="bold"))
        words, lines = below.split(), [""]
        for word in words:
            if len(lines[-1]) + len(word) > 17:  # noqa: PLR2004  # characters under a box
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        parts += [_text(middle, 64 + 16 * row, line, 12) for row, line in enumerate(lines)]
        if index:
            end = left - 2
            parts.append(f'<path d="M{left - STEP + 1:g} 23H{end:g}m-5 -4l5 4l-5 4"/>')
    return _svg(title, 100, parts)


def _groups() -> str:
    """Draw three groups of four rewards with their advantages, as GRPO computes them."""
    groups = [("mixed", (1.0, 0.0, 1.0, 0.0)), ("all wrong", (0.0, 0.0, 0.0, 0.0)), ("all right", (1.0, 1.0, 1.0, 1.0))]
    parts = []
    for index, (name, rewards) in enumerate(groups):
        left = index * 245 + 10
        mean = sum(rewards) / len(rewards)
        deviation = math.sqrt(sum((each - mean) ** 2 for each in rewards) / len(rewards))
        parts.append(_text(left + 105, 16, f"group: {name}", weight="bold"))
        for place, reward in enumerate(rewards):
            x, height = left + place * 55, 6 + 60 * reward
            parts.append(f'<rect x="{x}" y="{100 - height:g}" width="40" height="{height:g}"/>')
            parts.append(_text(x + 20, 118, f"{reward:g}", 12))
            advantage = (reward - mean) / deviation if deviation else 0.0
            parts.append(_text(x + 20, 138, f"{advantage:+.0f}" if advantage else "0", 12))
    parts.append(_text(360, 160, "first row: rewards; second row: advantages", 12))
    return _svg("Rewards and advantages of three groups", 168, parts)
