"""What attacks are made of: the records of a file, their references as texts, and what is frequent among them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from rlvr import JsonValue, Record, Suite
from rlvr.record import records_from
from rlvr.runs import rows_of

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?\Z")

# Longer references are documents and programs, of which "the answer is not ..." is no sentence.
SHORT_REFERENCE_CHARACTERS = 80

# Completions of one prompt that are tried as right answers, where no form of the reference is paid.
OWN_ANSWERS = 8


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A record of which the reward is attacked.

    Attributes:
        record: The record, routed.
        gold: Its reference as a text; "" if it has none.
        is_empty: Whether the reference says that nothing is right, such as an empty list of calls.
        own: Answers of the data to the prompt, at most ``OWN_ANSWERS``.
    """

    record: Record
    gold: str
    is_empty: bool
    own: list[Record]

    @property
    def is_short(self) -> bool:
        """Whether the reference is a short text, of which sentences can be made."""
        return isinstance(self.record.reference, (str, int, float, list)) and (
            0 < len(self.gold) <= SHORT_REFERENCE_CHARACTERS and not self.gold.startswith(("{", "["))
        )

    @property
    def key(self) -> str:
        """Equal for equal references, however they are written."""
        return canonical(self.gold)

    @property
    def prompt(self) -> str:
        """The last turn of the prompt."""
        turns = self.record.prompt
        return turns[-1].content if turns else ""


class Material:
    """The subjects of a task, and what is frequent among their references."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self._answers: dict[str, Record] = {}

    def answer(self, record: Record, text: str) -> Record:
        """Return the first record with an answer; others with the same one share its views."""
        return self._answers.setdefault(text, record.with_completion(text))

    @cached_property
    def frequent(self) -> list[Subject]:
        """Subjects with the most frequent references, one for each reference, the most frequent first."""
        first = {each.key: each for each in reversed(self.subjects) if each.gold}
        return [first[key] for key, _ in self._counts.most_common()]

    @property
    def repeated(self) -> list[Subject]:
        """Those of them whose reference occurs more than once: only such are a distribution that a model can learn."""
        return [each for each in self.frequent if self._counts[each.key] > 1]

    def of_other_case(self, subject: Subject) -> list[str]:
        """Return references of other subjects that differ from that of a subject in nothing but their case."""
        return sorted(self._spellings.get(subject.gold.casefold(), set()) - {subject.gold})

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(each.key for each in self.subjects if each.gold)

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for each in self.subjects:
            found.setdefault(each.gold.casefold(), set()).add(each.gold)
        return found

    def others_of(self, subject: Subject, count: int = 1) -> list[Subject]:
        """Return subjects with other references, always the same ones; fewer than ``count`` if there are none."""
        found = []
        start = next((place for place, each in enumerate(self.subjects) if each is subject), 0)
        keys = {subject.key}
        for step in range(1, len(self.subjects)):
            other = self.subjects[(start + step) % len(self.subjects)]
            if other.gold and not other.is_empty and other.key not in keys:
                keys.add(other.key)
                found.append(other)
                if len(found) == count:
                    break
        return found


@lru_cache(maxsize=10_000)
def canonical(text: str) -> str:
    """Return a text that is equal for references that mean the same: numbers by value, words without case."""
    number = number_in(text)
    return " ".join(text.casefold().split()) if number is None else str(number)


def number_in(text: str) -> Fraction | None:
    """Return the number that a text is; None for any other text."""
    bare = text.strip().strip("$.").replace(",", "").strip()
    try:
        return Fraction(bare) if _NUMBER.match(bare) else None
    except (ValueError, ZeroDivisionError):
        return None


def gold_text(reference: JsonValue) -> str:
    """Return a reference as the text of an answer; "" for none."""
    if reference is None:
        return ""
    if isinstance(reference, str):
        marked = reference.rpartition("####")[2].strip()
        return marked if "####" in reference and marked else reference.strip()
    if isinstance(reference, list) and reference and all(isinstance(each, (str, int, float)) for each in reference):
        return str(reference[0])
    return json.dumps(reference, ensure_ascii=False, default=str)


def _is_empty(suite: Suite, record: Record) -> bool:
    """Return whether no answer is right, in a task whose scorers know such references."""
    if record.reference in ([], {}, ""):
        return True
    text = record.reference.strip() if isinstance(record.reference, str) else ""
    scorers = [entry.installed for entry in suite.tasks[record.task or ""].entries]
    return text in {"[]", "{}", "null"} and any(each.scorer.takes_empty_reference or ":" in each.id for each in scorers)


def subjects_in(suite: Suite, paths: Iterable[Path], limit: int) -> list[Subject]:
    """Read the records of files that a suite can score, one for each prompt and reference, at most ``limit``.

    A larger number is thinned evenly.
    """
    found: dict[tuple[str, str, str], Subject] = {}
    for position, row in enumerate(rows_of(*paths)):
        if row.problem:
            continue
        for record in records_from(row.value, suite.rules, position=position):
            routed = suite.routed(record)
            if routed.task is None or routed.with_completion(".").problem:  # a row may have no completion yet
                continue
            gold = gold_text(routed.reference)
            subject = Subject(record=routed, gold=gold, is_empty=_is_empty(suite, routed), own=[])
            subject = found.setdefault((routed.task, subject.prompt, gold), subject)
            if not (routed.problem or routed.is_unanswered or routed.is_blank) and len(subject.own) < OWN_ANSWERS:
                subject.own.append(routed)
    subjects = list(found.values())
    if len(subjects) <= limit:
        return subjects
    return [subjects[number * len(subjects) // limit] for number in range(limit)]
