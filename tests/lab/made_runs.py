"""Run folders for tests: rows as a test wants them, in the format that ``rlvr score --run`` writes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from rlvr import Verdict
from rlvr.runs import Manifest, RunBatch, RunRow, ScoreRow, Session
from rlvr.runs.folder import (
    BATCHES,
    FORMAT,
    MANIFEST,
    ROWS,
    SESSIONS,
    DataFacts,
    EntryFacts,
    SuiteFacts,
    TaskFacts,
    encode_line,
)

WORDS = "the of and to in is for that it with as was on are be this by from at which number total answer so".split()


def made_score(name: str = "accuracy", value: float | None = 1.0, **fields: Any) -> ScoreRow:
    """Return a score; by default a right answer."""
    given = {"counted": value, "weight": 1.0, "reason": "equals the reference", "reason_class": "correct"}
    return ScoreRow(name=name, value=value, **(given | fields))


def made_row(position: int, reward: float = 1.0, **fields: Any) -> RunRow:
    """Return a row of the task `math`; by default a right answer without a group."""
    given: dict[str, Any] = {
        "position": position,
        "sample": 0,
        "id": f"row-{position}",
        "file": "data.jsonl",
        "line": position + 1,
        "task": "math",
        "group": "",
        "reward": reward,
        "verdict": Verdict.SCORED,
        "reason_class": "correct" if reward >= 1.0 else "incorrect",
        "metrics": {"accuracy": reward},
        "arithmetic": f"1 * {reward:g} = {reward:g}",
        "problem": "",
        "is_unanswered": False,
        "answer_span": None,
        "completion": "The answer is 4.",
        "prompt": [{"role": "user", "content": "2 + 2?"}],
        "reference": "4",
        "kept": {},
    }
    given |= fields
    given = {"reason": given["reason_class"], "vetoed_by": ""} | given
    given.setdefault("scores", [made_score(value=reward, reason_class=given["reason_class"])])
    return RunRow(**given)


def invalid_row(position: int, problem: str = "the row has no `reference`", **fields: Any) -> RunRow:
    """Return a row that nobody can score."""
    given = {"verdict": Verdict.INVALID_TASK, "reason_class": "invalid", "problem": problem, "scores": []}
    return made_row(position, 0.0, **(given | fields))


def write_run(
    folder: Path,
    rows: Iterable[RunRow],
    tasks: dict[str, tuple[float, float, list[str]]] | None = None,
    *,
    fingerprint: str = "a49dd47bd5a6d385",
    suite: str = "suite.yaml",
    data: str = "data",
    batch_rows: int = 256,
    is_complete: bool = True,
    remarks: Mapping[str, Sequence[int]] = {},
) -> Path:
    """Write a run folder; tasks are ranges and names of entries, remarks are on rows by their numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    found = tasks or {"math": (0.0, 1.0, ["accuracy"])}
    manifest = Manifest(
        format=FORMAT,
        created="2026-11-28T18:20:00Z",
        fingerprint=fingerprint,
        suite=SuiteFacts(source=suite, text="", suffix=".yaml"),
        data=[DataFacts(path="data.jsonl", size=1, sha256=hashlib.sha256(data.encode()).hexdigest())],
        options={},
        identity={},
        metric_names=["accuracy"],
        tasks={
            name: TaskFacts(
                low=low,
                high=high,
                entries=[EntryFacts(name=each, scorer=f"math.{each}", metric_type="Reward") for each in entries],
            )
            for name, (low, high, entries) in found.items()
        },
        batch_rows=batch_rows,
    )
    (folder / MANIFEST).write_bytes(encode_line(manifest))
    written = rows_before = 0
    with (folder / ROWS).open("wb") as lines, (folder / BATCHES).open("wb") as batches:
        for batch in _batches(rows, batch_rows):
            content = b"".join(map(encode_line, batch))
            written += len(content)
            lines.write(content)
            times = [[1e-5 * (place % 7 + 1)] * len(row.scores) for place, row in enumerate(batch)]
            numbers = range(rows_before, rows_before := rows_before + len(batch))
            facts = RunBatch(
                remarked={
                    text: [number - numbers.start for number in found if number in numbers]
                    for text, found in remarks.items()
                },
                rows=len(batch),
                bytes=written,
                crc=crc32(content),
                common_bytes=0,
                source_rows=len(batch),
                seconds=0.25,
                times=times,
            )
            batches.write(encode_line(facts))
    end = Session(event="end" if is_complete else "stop", time="2026-11-28T18:20:02Z")
    (folder / SESSIONS).write_bytes(encode_line(end))
    return folder


def _batches(rows: Iterable[RunRow], size: int) -> Iterator[list[RunRow]]:
    batch: list[RunRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def mixed_rows(groups: int = 60, members: int = 8, seed: int = 0, words: int = 25) -> Iterator[RunRow]:
    """Yield rows of two tasks in groups, some of them wrong, unanswered, broken or without a reference."""
    source = random.Random(seed)  # noqa: S311  # rows that are the same each time
    position = 0
    for number in range(groups):
        task = "math" if number % 3 else "code"
        luck = source.random()
        for _ in range(members):
            length = max(3, round(source.lognormvariate(0.0, 0.5) * words))
            text = " ".join(source.choices(WORDS, k=length)) + f" The answer is {number}."
            fields: dict[str, Any] = {
                "task": task,
                "group": f"{task}-{number}",
                "prompt": [{"role": "user", "content": f"Question {number} of {task}: how many?"}],
                "completion": text,
                "reference": str(number),
                "answer_span": (len(text) - len(f"{number}."), len(text) - 1),
            }
            chance = source.random()
            if chance < 0.01:
                yield invalid_row(position, **fields)
            elif chance < 0.015:
                broken = made_score(
                    value=None,
                    verdict=Verdict.FAILED,
                    failure="exception",
                    reason="KeyError: 'x'",
                    reason_class="failed",
                )
                yield made_row(position, 0.0, verdict=Verdict.FAILED, reason_class="failed", scores=[broken], **fields)
            elif chance < 0.1:
                yield made_row(position, 0.0, reason_class="no_answer", **(fields | {"answer_span": None}))
            elif task == "math":
                yield made_row(position, float(source.random() < luck), **fields)
            else:
                reward = source.choice([0.0, 0.25, 0.5, 0.75, 1.0])
                brief = made_score(
                    "brevity", length % 10 / 10, weight=0.0, reason=f"{length} words", reason_class="length"
                )
                yield made_row(position, reward, scores=[made_score(value=reward), brief], **fields)
            position += 1


TWO_TASKS: dict[str, tuple[float, float, list[str]]] = {
    "math": (0.0, 1.0, ["accuracy"]),
    "code": (0.0, 1.0, ["accuracy", "brevity"]),
}
