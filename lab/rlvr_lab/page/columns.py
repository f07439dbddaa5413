"""Rows of a run as columns for the script: texts once, numbers that point at them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rlvr import Verdict, encodable_text, final_in
from rlvr.runs import Manifest, RunRow, ScoreRow
from rlvr_lab.page.numbers import duration, short
from rlvr_lab.page.visible import HIDDEN, visible
from rlvr_lab.rewards import CEILING, band_edges, band_of, group_of

# Of longer texts the file has the beginning and the end: one completion of 1 MB would be a third of the file.
TEXT_LIMIT_CHARACTERS = 20_000
# Findings of scorers, such as the output of a test; the run folder has all of it.
VALUE_LIMIT_CHARACTERS = 2_000

VERDICTS = tuple(each.value for each in Verdict)
# The class of each verdict in the stylesheet.
_MARKS = {Verdict.FAILED: "bad", Verdict.INVALID_TASK: "warn"}

# The columns of each list, and their classes in the stylesheet: n are numbers, t and w are left out of narrow windows.
_HEADS = {
    "rows": [
        ("reward", ""),
        ("task", "t"),
        ("prompt", ""),
        ("answer in its context", ""),
        ("reason", "w"),
        ("words", "w n"),
    ],
    "groups": [
        ("task", "t"),
        ("prompt", ""),
        ("rewards of the group", ""),
        ("mean", "n"),
        ("spread", "w n"),
        ("", "w"),
    ],
    "compare": [("A → B", ""), ("task", "w"), ("answer in its context", ""), ("reason in A", "w"), ("reason in B", "")],
}


class Numbers:
    """Gives each text, without lone surrogates, a number from 0, in the order in which they come."""

    def __init__(self, *first: str) -> None:
        self._numbers: dict[str, int] = {}
        for each in first:
            self.of(each)

    def of(self, text: str) -> int:
        """Return the number of a text."""
        return self._numbers.setdefault(_encodable(text), len(self._numbers))

    @property
    def texts(self) -> list[str]:
        """The texts by number."""
        return list(self._numbers)


class Columns:
    """Collects rows of one run, or of two runs side by side.

    Args:
        manifest: The run whose rows are in the list.
        with_text: False leaves out prompts, completions, references, reasons and evidence.
    """

    def __init__(self, manifest: Manifest, *, with_text: bool = True) -> None:
        self._manifest = manifest
        self._with_text = with_text
        self._texts, self._classes, self._files = Numbers(""), Numbers(), Numbers()
        self._tasks = Numbers(*manifest.tasks)

    def rows(self, rows: Sequence[RunRow]) -> dict[str, Any]:
        """Return the columns of rows: where they come from, and what was scored."""
        files = [self._files.of(row.file) for row in rows]
        return {
            "id": [_text_of(row.id) for row in rows],
            "at": [place_of(row) for row in rows],
            "file": files,
            "line": [row.line for row in rows],
            "task": [self._tasks.of(row.task or "") for row in rows],
            "prompt": [self._text(prompt_text(row.prompt)) for row in rows],
            "reference": [self._text(_text_of(row.reference)) for row in rows],
            **self.outcomes(rows, self._manifest),
        }

    def outcomes(self, rows: Sequence[RunRow], manifest: Manifest) -> dict[str, Any]:
        """Return the columns of what a run says of rows: completions, rewards, reasons, scores."""
        texts = [_Completion(row if self._with_text else None) for row in rows]
        return {
            "completion": [each.shown for each in texts],
            "cut": [each.cut for each in texts],
            "span": [each.span for each in texts],
            "think": [each.think for each in texts],
            "words": [words_in(row.completion) for row in rows],
            "reward": [row.reward for row in rows],
            "verdict": [VERDICTS.index(row.verdict) for row in rows],
            "band": [_band(row, manifest) for row in rows],
            "tone": [_tone(row, manifest) for row in rows],
            "cls": [self._classes.of(row.reason_class) for row in rows],
            "why": [self._texts.of(self._reason(row)) for row in rows],
            "sum": [self._texts.of(_shortened(row.arithmetic)) for row in rows],
            "us": [round(sum(score.seconds for score in row.scores) * 1e6) for row in rows],
            "parts": [[self._part(score, scorer) for score, scorer in _scorers(row, manifest)] for row in rows],
        }

    def groups(self, rows: Sequence[RunRow]) -> tuple[list[int], dict[str, list[Any]]]:
        """Return for each row the number of its group, -1 for a row alone, and the columns of the groups."""
        members: dict[tuple[str | None, str], list[RunRow]] = {}
        for row in rows:
            if row.group:
                members.setdefault((row.task, row.group), []).append(row)
        several = {key: found for key, found in members.items() if len(found) > 1}
        numbers = {key: number for number, key in enumerate(several)}
        groups = [
            group_of(
                [row.reward if row.verdict.has_value else None for row in found],
                *task_range(self._manifest, found[0].task),
            )
            for found in several.values()
        ]
        return [numbers.get((row.task, row.group), -1) for row in rows], {
            "state": [each.state for each in groups],
            "mean": [each.mean for each in groups],
            "spread": [each.spread for each in groups],
        }

    def names(self, suite: str) -> dict[str, Any]:
        """Return what the numbers of all columns so far mean; the last call, after the columns."""
        return {
            "texts": self._texts.texts,
            "classes": [visible(name) for name in self._classes.texts],
            "verdicts": [(each, _MARKS.get(each, "")) for each in Verdict],
            "tasks": [(visible(name), self._band_names(name)) for name in self._tasks.texts],
            "heads": _HEADS,
            "explain": [_explain_command(_encodable(suite), file) for file in self._files.texts],
            "hidden": HIDDEN,
        }

    def _band_names(self, task: str) -> list[str]:
        low, high = task_range(self._manifest, task)
        edges = [band_edges(band, low, high) for band in range(1, CEILING)]
        return ["at the floor", *(f"reward {short(a)} to {short(b)}" for a, b in edges), "at the ceiling"]

    def _text(self, text: str) -> int:
        return self._texts.of(_shortened(text) if self._with_text else "")

    def _reason(self, row: RunRow) -> str:
        if not self._with_text:
            return row.reason_class
        deciding = [score.name for score in row.scores if score.reason == row.reason]
        return f"{deciding[0]}: {row.reason}" if len(row.scores) > 1 and deciding else row.reason

    def _part(self, score: ScoreRow, scorer: str) -> list[Any]:
        pairs = dict(score.evidence) if self._with_text else {}
        pairs |= score.metrics | {"weight": score.weight}
        if self._with_text:
            pairs |= {each.scorer: each.reason for each in score.opinions}
        if not score.is_known and score.seconds:
            pairs["took"] = duration(score.seconds)
        value = "–" if score.value is None else short(score.value)
        if score.counted is not None and score.counted != score.value:
            value += f" counts {short(score.counted)}"
        return [
            self._texts.of(score.name),
            self._texts.of(scorer),
            self._texts.of(value),
            VERDICTS.index(score.verdict),
            self._texts.of("" if score.verdict.has_value else score.failure or score.verdict),
            self._texts.of(score.reason if self._with_text else score.reason_class),
            self._texts.of(score.note),
            [[self._texts.of(key), self._texts.of(text)] for key, value in pairs.items() if (text := _shown(value))],
        ]


class _Completion:
    """The part of a completion that the file has, with places in UTF-16 units, in which JavaScript counts.

    Attributes:
        shown: The text, at most ``TEXT_LIMIT_CHARACTERS``.
        cut: Where characters are missing, and how many; 0 if none are.
        span: Start and end of the stated answer; 0 if there is none, or if it is cut.
        think: End of the reasoning.
    """

    def __init__(self, row: RunRow | None) -> None:
        text = "" if row is None else _encodable(row.completion)
        missing = max(0, len(text) - TEXT_LIMIT_CHARACTERS)
        head = len(text) if not missing else TEXT_LIMIT_CHARACTERS // 2
        self.shown = text[:head] + text[head + missing :]
        is_ascii = self.shown.isascii()

        def place(position: int) -> int:
            kept = position if position <= head else max(head, position - missing)
            return kept if is_ascii else len(self.shown[:kept].encode("utf-16-le")) // 2

        final = final_in(text)
        think = len(text) - len(final) if final and final != text and text.endswith(final) else 0
        start, end = (0, 0) if row is None or row.answer_span is None else row.answer_span
        self.cut: Any = [place(head), missing] if missing else 0
        self.span: Any = [place(start), place(end)] if place(start) < place(end) else 0
        self.think = place(think)


def task_range(manifest: Manifest, task: str | None) -> tuple[float, float]:
    """Return the lowest and the highest reward of a task; 0.0 and 1.0 for rows without one."""
    facts = manifest.tasks.get(task or "")
    return (facts.low, facts.high) if facts else (0.0, 1.0)


def _band(row: RunRow, manifest: Manifest) -> int:
    """Return the band of a reward; -1 for a row that was not scored."""
    return band_of(row.reward, *task_range(manifest, row.task)) if row.verdict.has_value else -1


def _tone(row: RunRow, manifest: Manifest) -> int:
    """Return the colour of a reward, from 0 at the floor to 10 at the ceiling."""
    low, high = task_range(manifest, row.task)
    return round(10 * max(0.0, min(1.0, (row.reward - low) / (high - low))))


def _scorers(row: RunRow, manifest: Manifest) -> Iterator[tuple[ScoreRow, str]]:
    """Yield the scores of a row with the ids of their scorers."""
    facts = manifest.tasks.get(row.task or "")
    scorers = {entry.name: entry.scorer for entry in facts.entries} if facts else {}
    for score in row.scores:
        yield score, score.scorer or scorers.get(score.name, "")


def place_of(row: RunRow) -> str:
    """Return the place of a row in the data, which no other row of the run has."""
    return f"{row.position}.{row.sample}" if row.sample else str(row.position)


def words_in(text: str) -> int:
    """Return the number of words between white space."""
    return len(text.split())


def prompt_text(prompt: Iterable[Mapping[str, Any]]) -> str:
    """Return the turns of a prompt as one text; a single question is the text itself."""
    turns = [(str(turn.get("role", "")), _turn_text(turn)) for turn in prompt]
    if len(turns) == 1 and turns[0][0] == "user":
        return turns[0][1]
    return "\n\n".join(f"[{role}]\n{text}" for role, text in turns)


def _turn_text(turn: Mapping[str, Any]) -> str:
    calls = turn.get("tool_calls")
    return _text_of(turn.get("content")) + (f"\n{_text_of(calls)}" if calls else "")


def _text_of(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _encodable(text)


def _shortened(text: str, limit: int = TEXT_LIMIT_CHARACTERS) -> str:
    if len(text) <= limit:
        return text
    missing = f"\n[{len(text) - limit:,} characters are left out here; the run folder has them]\n"
    return text[: limit // 2] + missing + text[-(limit // 2) :]


def _shown(value: object) -> str:
    """Return a finding of a scorer as text; "" for nothing."""
    if isinstance(value, float):
        return short(value)
    return _shortened(_text_of(value), VALUE_LIMIT_CHARACTERS)


def _encodable(text: str) -> str:
    return encodable_text(text, "\ufffd")


def _explain_command(suite: str, file: str) -> str:
    """Return the command that explains a line of a file, without the line; "" for standard input."""
    return "" if file in {"", "-"} else f"rlvr explain {shlex.quote(suite)} {shlex.quote(file)} --line"
