"""``schema.fields``: how much of a structured answer is what the reference says, leaf by leaf.

The value is F1 of leaves: twice the right ones, divided by the leaves of the reference and of the answer together.
A leaf left out and a leaf made up both cost, so that a right leaf more always pays and a wrong one never does.
An answer that gets only empties and zeros right earns nothing, unless the reference holds nothing else; validity is a
gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import JsonValue, Record, Score, Scorer, scorer
from rlvr_schema.comparing.alignment import likely_pairs
from rlvr_schema.comparing.comparators import EXACT, Comparator, agrees, is_open
from rlvr_schema.comparing.matching import best_pairs, ordered_pairs
from rlvr_schema.reading.extraction import extraction_from
from rlvr_schema.reading.identity import identity
from rlvr_schema.reading.strict import JsonError, check_value, value_in
from rlvr_schema.schemas.conformance import BREAKS_SCHEMA, faults_of, told
from rlvr_schema.schemas.source import SchemaOptions, Source, source_of
from rlvr_schema.schemas.validation import ENGINE, SchemaError, ends_in_time, pointer

# Pairs of leaves that the exact alignment of arrays may compare; beyond, rows are paired by the values that they share.
PAIRS_LIMIT = 40_000
# Rows of one array that are aligned exactly, which takes cubic time.
ROWS_LIMIT = 64
# Leaves that are not right which a grade names, and characters that a reason shows of the pointer of each.
WRONG_SHOWN = 5
POINTER_CHARACTERS = 60


NullMeaning: TypeAlias = Literal["value", "absent"]
"""The meaning of null in an object: a value, or an absent member."""


class FieldsOptions(SchemaOptions, frozen=True, kw_only=True):
    """Options of ``schema.fields``; paths are JSON pointers in which ``*`` is any row of an array."""

    RENAMED: ClassVar[Mapping[str, str]] = {"unordered": "`ordered: {PATH: false}`"}

    fields: Annotated[
        dict[str, Comparator], Meta(description="How values are compared, by path such as /items/*/price.")
    ] = msgspec.field(default_factory=dict)
    ordered: Annotated[
        dict[str, bool], Meta(description="Paths of arrays, with false where the order does not matter; else it does.")
    ] = msgspec.field(default_factory=dict)
    keyed: Annotated[
        dict[str, str], Meta(description="Paths of arrays whose rows are found by a field, and that field.")
    ] = msgspec.field(default_factory=dict)
    null: Annotated[NullMeaning, Meta(description="What null in an object is: a value, or as if it were left out.")] = (
        "value"
    )
    grounded_in: Annotated[
        str | None, Meta(description="The record's field with the text in which right texts must occur.")
    ] = None


class FieldsGrade(msgspec.Struct, frozen=True, kw_only=True):
    """The leaves of an answer beside those of the reference.

    Attributes:
        right: Leaves that agree.
        content: Those of them that are more than an empty value or a zero.
        wrong_value: Leaves at the right place with another value of the same type.
        open: Those of them that are free texts, of which words cannot say whether they mean the same.
        wrong_type: Leaves at the right place of another type.
        missing: Leaves of the reference without one in the answer.
        extra: Leaves of the answer without one in the reference.
        expected_content: Leaves of the reference that are more than an empty value or a zero.
        wrong: The first few leaves that are not right, by the JSON pointer in the answer, or in the reference for
            what is missing there, and the problem, such as ``/items/0/price: wrong value``.
    """

    right: int = 0
    content: int = 0
    wrong_value: int = 0
    open: int = 0
    wrong_type: int = 0
    missing: int = 0
    extra: int = 0
    expected_content: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """F1 of the leaves; 0.0 if nothing with content is right, though the reference has some."""
        if self.expected_content and not self.content:
            return 0.0
        wrong = self.wrong_value + self.wrong_type
        return 2 * self.right / (2 * (self.right + wrong) + self.missing + self.extra)

    @property
    def is_undecided(self) -> bool:
        """True if nothing is wrong but free texts that may mean what the reference says."""
        return 0 < self.open == self.wrong_value + self.wrong_type + self.missing + self.extra

    def __add__(self, other: FieldsGrade) -> FieldsGrade:
        return FieldsGrade(
            right=self.right + other.right,
            content=self.content + other.content,
            wrong_value=self.wrong_value + other.wrong_value,
            open=self.open + other.open,
            wrong_type=self.wrong_type + other.wrong_type,
            missing=self.missing + other.missing,
            extra=self.extra + other.extra,
            wrong=(*self.wrong, *other.wrong)[:WRONG_SHOWN],
        )

    def below(self, step: str | int) -> FieldsGrade:
        """Return the grade of a member or row as a part of the object or array that it is in."""
        if not self.wrong:
            return self
        head = pointer((step,))[:POINTER_CHARACTERS]
        return msgspec.structs.replace(self, wrong=tuple(head + each for each in self.wrong))


def grade_fields(
    answer: JsonValue, reference: JsonValue, options: FieldsOptions | None = None, *, source: str | None = None
) -> FieldsGrade:
    """Compare an answer's value with the reference, leaf by leaf.

    Args:
        answer: The value that was read from the answer.
        reference: The right value.
        options: How fields and arrays are compared.
        source: The text in which right texts must occur; None if they need not.
    """
    chosen = options or FieldsOptions()
    grounds = None if source is None else _plain(source)
    affordable = _leaves(answer) * _leaves(reference) <= PAIRS_LIMIT
    comparison = _Comparison(options=chosen, grounds=grounds, affordable=affordable)
    graded = comparison.of(reference, answer, "")
    return msgspec.structs.replace(graded, expected_content=_contents(reference))


GradedPair: TypeAlias = tuple[int, int, FieldsGrade]
"""A row of the reference, a row of the answer, and their comparison."""


class _Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How two values are compared: what stays the same on the way down."""

    options: FieldsOptions
    grounds: str | None
    affordable: bool

    def of(self, reference: JsonValue, answer: JsonValue, path: str) -> FieldsGrade:
        comparator = self.options.fields.get(path)
        if comparator is None and isinstance(reference, dict) and isinstance(answer, dict) and (reference or answer):
            return self._objects(reference, answer, path)
        if comparator is None and isinstance(reference, list) and isinstance(answer, list) and (reference or answer):
            return self._arrays(reference, answer, path)
        if comparator is None and (_nested(reference) or _nested(answer)):
            return FieldsGrade(missing=_leaves(reference), extra=_leaves(answer), wrong=(": wrong type",))
        if agrees(answer, reference, comparator or EXACT) and self._grounded(answer):
            return FieldsGrade(right=1, content=int(_has_content(reference)))
        if _kind(answer) is not _kind(reference):
            return FieldsGrade(wrong_type=1, wrong=(": wrong type",))
        is_free = comparator is not None and is_open(answer, reference, comparator) and self._grounded(answer)
        return FieldsGrade(wrong_value=1, open=int(is_free), wrong=(": wrong value",))

    def _objects(self, reference: dict[str, JsonValue], answer: dict[str, JsonValue], path: str) -> FieldsGrade:
        expected, present = self._held(reference), self._held(answer)
        total = FieldsGrade()
        for key, value in expected.items():
            inner = path + pointer((key,))
            total += (self.of(value, present[key], inner) if key in present else self._missing(value, inner)).below(key)
        for key, value in present.items():
            if key not in expected:
                total += self._extra(value, path + pointer((key,))).below(key)
        return total

    def _missing(self, value: JsonValue, path: str) -> FieldsGrade:
        return FieldsGrade(missing=self._size(value, path), wrong=(": missing",))

    def _extra(self, value: JsonValue, path: str) -> FieldsGrade:
        return FieldsGrade(extra=self._size(value, path), wrong=(": not in the reference",))

    def _held(self, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the members that count."""
        match self.options.null:
            case "value":
                return value
            case "absent":
                return {key: inner for key, inner in value.items() if inner is not None}
        assert_never(self.options.null)

    def _size(self, value: JsonValue, path: str) -> int:
        return 1 if path in self.options.fields else _leaves(value)

    def _arrays(self, reference: list[JsonValue], answer: list[JsonValue], path: str) -> FieldsGrade:
        inner = f"{path}/*"
        if key := self.options.keyed.get(path):
            pairs = [
                (row, column, self.of(reference[row], answer[column], inner))
                for row, column in _keyed(reference, answer, key)
            ]
        elif not self.affordable or max(len(reference), len(answer)) > ROWS_LIMIT:
            pairs = self._long_arrays(reference, answer, path)
        else:
            graded = [[self.of(one, two, inner) for two in answer] for one in reference]
            weights = [[float(grade.right) for grade in row] for row in graded]
            paired = best_pairs if not self.options.ordered.get(path, True) else ordered_pairs
            pairs = [(row, column, graded[row][column]) for row, column in paired(weights)]
        rows, columns = {row for row, _, _ in pairs}, {column for _, column, _ in pairs}
        parts = [grade.below(column) for _, column, grade in pairs]
        parts += [self._missing(each, inner).below(at) for at, each in enumerate(reference) if at not in rows]
        parts += [self._extra(each, inner).below(at) for at, each in enumerate(answer) if at not in columns]
        return sum(parts, FieldsGrade())

    def _long_arrays(self, reference: list[JsonValue], answer: list[JsonValue], path: str) -> list[GradedPair]:
        """Pair rows by the values that they share, or by position if more leaves are right then."""
        shared = likely_pairs(reference, answer, ordered=self.options.ordered.get(path, True))
        by_position = [(at, at) for at in range(min(len(reference), len(answer)))]
        graded = [
            [(row, column, self.of(reference[row], answer[column], f"{path}/*")) for row, column in pairs]
            for pairs in (shared, by_position)
        ]
        return max(graded, key=lambda pairs: sum(grade.right for _, _, grade in pairs))

    def _grounded(self, answer: JsonValue) -> bool:
        return self.grounds is None or not isinstance(answer, str) or _plain(answer) in self.grounds


def _keyed(reference: Sequence[JsonValue], answer: Sequence[JsonValue], key: str) -> Iterator[tuple[int, int]]:
    """Pair rows of one key; of rows that share it, the first counts."""
    found: dict[str, int] = {}
    for column, each in enumerate(answer):
        if isinstance(each, dict) and key in each:
            found.setdefault(identity(each[key]), column)
    for row, each in enumerate(reference):
        if isinstance(each, dict) and key in each:
            column_of = found.pop(identity(each[key]), None)
            if column_of is not None:
                yield row, column_of


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _nested(value: JsonValue) -> bool:
    return isinstance(value, (dict, list)) and bool(value)


def _leaves(value: JsonValue) -> int:
    """Count the leaves; an empty object or array is one."""
    return _counted(value, lambda _: True)


def _contents(value: JsonValue) -> int:
    return _counted(value, _has_content)


def _counted(value: JsonValue, counts: Callable[[JsonValue], bool]) -> int:
    if not _nested(value):
        return int(counts(value))
    return sum(_counted(each, counts) for each in (value.values() if isinstance(value, dict) else value))


def _has_content(value: JsonValue) -> bool:
    """Return whether a leaf is more than null, false, zero or empty."""
    return bool(value)


def _kind(value: JsonValue) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _score(record: Record, prepared: PreparedFields) -> Score:
    """Pay the share of the fields of a JSON value that equal those of the reference."""
    options = prepared.options
    try:
        reference = _reference(record.reference)
        validator = prepared.source.maybe(record)
        text = _source_text(record, options)
    except (SchemaError, JsonError) as error:
        return Score.invalid_task(str(error), "unreadable_reference")
    if validator and (faults := faults_of(validator, reference)):
        return Score.invalid_task(f"the reference breaks the schema: {told(faults)}", "unreadable_reference")
    found = extraction_from(record, repair=options.repaired > 0.0)
    if found.rung is None:
        return Score(
            value=0.0,
            reason=found.refusal,
            reason_class=found.refusal_class,
            metrics=_metrics(FieldsGrade(), valid=False),
        )
    faults = faults_of(validator, found.value) if validator else ()
    grade = grade_fields(found.value, reference, options, source=text)
    value = 0.0 if faults else grade.value * options.factor(found.rung)
    return Score(
        value=value,
        reason=told(faults) or _told(grade),
        reason_class=BREAKS_SCHEMA if faults else "",
        is_undecided=not faults and grade.is_undecided,
        evidence={"extraction": str(found.rung), "leaves": msgspec.to_builtins(grade)},
        metrics=_metrics(grade, valid=not faults),
    )


def _metrics(grade: FieldsGrade, *, valid: bool) -> Mapping[str, float]:
    wrong = grade.wrong_value + grade.wrong_type
    given, expected = grade.right + wrong + grade.extra, grade.right + wrong + grade.missing
    return {
        "schema_valid": float(valid),
        "precision": grade.right / given if given else 0.0,
        "recall": grade.right / expected if expected else 0.0,
        "missing": float(grade.missing),
        "extra": float(grade.extra),
        "wrong_type": float(grade.wrong_type),
        "wrong_value": float(grade.wrong_value),
    }


def _told(grade: FieldsGrade) -> str:
    """Describe a grade in words: the counts, and the first leaves that are not right."""
    if grade.expected_content and not grade.content:
        counts = "nothing with content is right"
    else:
        counts = (
            f"{grade.right} leaves right, {grade.wrong_value} of wrong value, {grade.wrong_type} of wrong type, "
            f"{grade.missing} missing, {grade.extra} extra"
        )
    return f"{counts}; {'; '.join(map(_leaf_told, grade.wrong))}" if grade.wrong else counts


def _leaf_told(leaf: str) -> str:
    """Write the pointer and the problem of a leaf; a name is the answer's, so it may be long or contain anything."""
    at, _, problem = leaf.rpartition(": ")
    shown = at if at.isprintable() else ascii(at)[1:-1]
    return f"{shown[:POINTER_CHARACTERS] or 'the whole'}: {problem}"


def _reference(reference: JsonValue) -> JsonValue:
    """Read a reference that data holds as text, as platforms do."""
    if isinstance(reference, str):
        return value_in(reference)
    check_value(reference)
    return reference


def _source_text(record: Record, options: FieldsOptions) -> str | None:
    if options.grounded_in is None:
        return None
    text = record.field(options.grounded_in)
    if not isinstance(text, str):
        raise SchemaError(f"the row has no text {options.grounded_in!r}")
    return text


class PreparedFields(msgspec.Struct, frozen=True, kw_only=True):
    """The options, and where the schema is."""

    options: FieldsOptions
    source: Source


def _prepared(options: FieldsOptions) -> PreparedFields:
    for name in ("fields", "ordered", "keyed"):
        for path in getattr(options, name):
            if path and not path.startswith("/"):
                raise ValueError(f"`{name}` has the path {path!r}; a path starts with a slash: write {'/' + path!r}")
    return PreparedFields(options=options, source=source_of(options))


fields: Scorer = scorer(
    options=FieldsOptions,
    needs=("reference",),
    metrics=("schema_valid", "precision", "recall", "missing", "extra", "wrong_type", "wrong_value"),
    bounded=ends_in_time(ENGINE),
    prepare=_prepared,
)(_score)
