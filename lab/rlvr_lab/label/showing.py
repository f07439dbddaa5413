"""What a person sees of a row, on the terminal and in a browser."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr.runs import RunRow

SHOWN_CHARACTERS = 20_000


def blocks_of(row: RunRow, *, show_reward: bool) -> Iterator[tuple[str, str]]:
    """Yield name and text of each part of a row; a long text is cut, and says so."""
    parts: list[tuple[str, object]] = [(f"prompt, {turn.get('role')}", turn.get("content")) for turn in row.prompt]
    parts += [("answer", row.completion), ("reference", row.reference)]
    if show_reward:
        parts.append(("reward", f"{row.reward:g} ({row.arithmetic})"))
        parts += [
            (score.name, f"{score.verdict if score.value is None else score.value} {score.reason}")
            for score in row.scores
        ]
    for name, value in parts:
        if value is not None:
            text = str(value)
            left = len(text) - SHOWN_CHARACTERS
            yield name, text if left <= 0 else f"{text[:SHOWN_CHARACTERS]}\n… {left:,} more characters"
