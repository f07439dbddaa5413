"""Draw the curve of the example: `python examples/trl_grpo/draw.py` reads `curve.json` and writes `curve.svg`."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 280, 44, 36, 16
COLOURS = {"reward": "#1f6feb", "seven": "#1a7f37", "short": "#9a6700"}


def _points(values: list[float]) -> str:
    across = (WIDTH - LEFT - 90) / (len(values) - 1)
    up = HEIGHT - BOTTOM - TOP
    return " ".join(
        f"{LEFT + across * step:.1f},{HEIGHT - BOTTOM - up * value:.1f}" for step, value in enumerate(values)
    )


def draw(curve: dict[str, list[float]]) -> str:
    """Return the picture: the mean reward and its components by step."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        '  font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    up = HEIGHT - BOTTOM - TOP
    for tenth in range(0, 11, 2):
        y = HEIGHT - BOTTOM - up * tenth / 10
        lines.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 90}" stroke="#d0d7de"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#57606a">{tenth / 10:.1f}</text>')
    for name, colour in COLOURS.items():
        points = _points(curve[name])
        y = float(points.rpartition(",")[2])
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{WIDTH - 82}" y="{y + 4:.1f}" fill="{colour}">{name}</text>')
    steps = len(curve["reward"])
    lines.append(f'<text x="{LEFT}" y="{HEIGHT - 12}" fill="#57606a">step 1</text>')
    lines.append(f'<text x="{WIDTH - 90}" y="{HEIGHT - 12}" text-anchor="end" fill="#57606a">step {steps}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    drawn = draw(json.loads((HERE / "curve.json").read_text()))
    (HERE / "curve.svg").write_text(drawn)
