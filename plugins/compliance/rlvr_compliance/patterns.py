"""``compliance.patterns``: what an answer must say, must not say and should say.

Must-rules and must-not-rules gate: one that is not kept makes the answer worth nothing.
Should-rules weigh: the value is the weighted share of them that is kept, 1.0 if there are none.
An answer without content is worth nothing, whatever the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import Record, Score, Scorer, SuiteFile, scorer
from rlvr_compliance.rules.denial import denied
from rlvr_compliance.rules.finder import Finder, Occurrences
from rlvr_compliance.rules.packs import pack_in, shipped_pack
from rlvr_compliance.rules.rule import SPANS_LIMIT, Rule, faults_in
from rlvr_compliance.rules.scopes import scoped
from rlvr_compliance.text.content import ANSWER_LIMIT_CHARACTERS, content_problem, echo_share, refuses, user_text
from rlvr_compliance.text.engine import ENGINE, ends_in_time
from rlvr_compliance.text.readings import Reading, disguise_in, light, readings_of, visible

# Places of one rule that evidence names, and that rules may ask to be near.
SPANS_SHOWN = 5
SHOWN_CHARACTERS = 80
# An answer that is mostly the words that it must hold says nothing with them.
RULES_SHARE_MOST = 0.6


Refusals: TypeAlias = Literal["unpaid", "paid"]
View: TypeAlias = Literal["visible", "final", "full"]


class PatternsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``compliance.patterns``."""

    rules: Annotated[tuple[Rule, ...], Meta(max_length=1000, description="What is looked for.")] = ()
    packs: Annotated[tuple[str, ...], Meta(description="Rule packs that are shipped, by name.")] = ()
    pack_files: Annotated[tuple[SuiteFile, ...], Meta(description="Rule packs in YAML files.")] = ()
    view: Annotated[
        View,
        Meta(
            description="What must-not-rules read: all but well-formed reasoning at the start, all but any reasoning, "
            "or all of it. Other rules read the answer without any reasoning, or with `full` all of it."
        ),
    ] = "visible"
    require_content: Annotated[bool, Meta(description="Pay nothing for an answer that says nothing.")] = True
    refusals: Annotated[Refusals, Meta(description="Whether an answer that begins by refusing may earn.")] = "unpaid"
    echo_most: Annotated[
        float, Meta(ge=0.0, le=1.0, description="Share of the answer's words that may be copied from the prompt.")
    ] = 0.5
    rule_metrics: Annotated[bool, Meta(description="Return a metric `rule/<id>` for each rule: 1 if it is kept.")] = (
        True
    )

    def __post_init__(self) -> None:
        """Refuse rules that contradict each other."""
        if not (self.rules or self.packs or self.pack_files):
            raise ValueError("no rules: give `rules`, `packs` or `pack_files`")
        for fault in faults_in(self.rules):
            raise ValueError(fault)


class PreparedPatterns(msgspec.Struct, frozen=True, kw_only=True):
    """The options, all rules, and what looks for them.

    Attributes:
        options: As given.
        rules: Those of the suite and of its packs; each is known by its place.
        finder: Looks for them.
        forbidding: The places of must-not-rules by the part of the answer that they look at, with one that does.
        asking: The places of the others, in the same manner.
        gating: The rules that make an answer worth nothing which breaks them, by their ids.
        weighing: The others.
        related: Those of rules that name others, or stand in a group.
        metric_names: By the id of a rule, the name of its metric; empty if `rule_metrics` is off.
        kept_metrics: The metrics of rules that are all kept.
    """

    options: PatternsOptions
    rules: tuple[Rule, ...]
    finder: Finder
    forbidding: tuple[tuple[Rule, frozenset[int]], ...]
    asking: tuple[tuple[Rule, tuple[int, ...]], ...]
    gating: Mapping[str, Rule]
    weighing: tuple[Rule, ...]
    related: tuple[int, ...]
    metric_names: Mapping[str, str]
    kept_metrics: Mapping[str, float]


class RuleOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one rule.

    Attributes:
        kept: Whether the answer keeps it.
        count: How often it was found.
        reading: In which reading.
        spans: Where in the answer, in characters; the first few.
        shown: What stands there.
    """

    kept: bool
    count: int = 0
    reading: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    shown: tuple[str, ...] = ()


def _prepared(options: PatternsOptions) -> PreparedPatterns:
    packs = [*map(shipped_pack, options.packs), *map(pack_in, options.pack_files)]
    rules = (*options.rules, *(rule for pack in packs for rule in pack.rules))
    for fault in faults_in(rules):
        raise ValueError(fault)
    names = {rule.id: _metric_of(rule) for rule in rules} if options.rule_metrics else {}
    return PreparedPatterns(
        options=options,
        rules=rules,
        finder=Finder(rules),
        forbidding=tuple((rule, frozenset(places)) for rule, places in _by_part(rules, forbids=True)),
        asking=tuple((rule, tuple(places)) for rule, places in _by_part(rules, forbids=False)),
        gating={rule.id: rule for rule in rules if rule.gates},
        weighing=tuple(rule for rule in rules if not rule.gates),
        metric_names=names,
        kept_metrics=dict.fromkeys(names.values(), 1.0),
        related=tuple(place for place, rule in enumerate(rules) if rule.after or rule.near or rule.group),
    )


def _by_part(rules: Sequence[Rule], *, forbids: bool) -> Iterator[tuple[Rule, list[int]]]:
    """Yield the places of rules that look at the same part of an answer, with the first of them."""
    parts: dict[tuple[str, ...], list[int]] = {}
    for place, rule in enumerate(rules):
        if rule.forbids == forbids:
            parts.setdefault((rule.scope, str(rule.sentences), rule.section, rule.pointer), []).append(place)
    return ((rules[places[0]], places) for places in parts.values())


def _metric_of(rule: Rule) -> str:
    """Return the name of a rule's metric; signs that no metric may have become "_"."""
    return f"rule/{re.sub(r'[^A-Za-z0-9_.-]', '_', rule.id)[:_METRIC_CHARACTERS]}"


_METRIC_CHARACTERS = 90


def _score(record: Record, prepared: PreparedPatterns) -> Score:
    """Pay the share of the rules that the answer keeps, and nothing if it breaks a `must` or `must-not` rule."""
    shown, answer = _read(record, prepared.options.view)
    if max(len(shown), len(answer)) > ANSWER_LIMIT_CHARACTERS:
        return Score.of(0.0, f"longer than {ANSWER_LIMIT_CHARACTERS} characters", "over_limit")
    asked = readings_of(record, answer).raw
    found = readings_of(record, shown).raw
    text = asked.text
    findings, covered = _judged(found, asked, prepared)
    disguise = disguise_in(found) if prepared.forbidding else ""
    broken = _broken(prepared.gating, findings)
    forbidden = sum(rule.forbids for rule in broken)
    refusal = refuses(text)
    gate = _gate(record, text, covered, refusal=refusal, options=prepared.options)
    share = _share(prepared.weighing, findings)
    metrics = {
        "violations": float(forbidden + bool(disguise)),
        "musts_missed": float(len(broken) - forbidden),
        "should_share": share,
        "content_ok": float(not gate),
        "refusal": float(refusal),
        **prepared.kept_metrics,
    }
    if prepared.metric_names:
        metrics.update((prepared.metric_names[name], float(each.kept)) for name, each in findings.items())
    return Score(
        value=0.0 if gate or broken or disguise else share,
        reason=gate or "; ".join(_told(broken, findings, disguise)) or "every must-rule is kept",
        reason_class=_reason_class(gate, broken=bool(broken), disguised=bool(disguise)),
        evidence={"rules": {name: msgspec.structs.asdict(each) for name, each in findings.items()}},
        metrics=metrics,
    )


def _broken(rules: Mapping[str, Rule], findings: Mapping[str, RuleOutcome]) -> list[Rule]:
    """Return the rules that an answer does not keep, in their order; most answers keep all."""
    missed = {name for name, each in findings.items() if not each.kept}
    return [] if rules.keys().isdisjoint(missed) else [rule for name, rule in rules.items() if name in missed]


def _read(record: Record, view: View) -> tuple[str, str]:
    """Return the texts that rules read: those that forbid, and those that ask.

    No mark that a model writes may hide what is forbidden, and what is asked for may not stand in reasoning.
    """
    match view:
        case "visible":
            return record.visible, record.final
        case "final":
            return record.final, record.final
        case "full":
            return record.full, record.full
    assert_never(view)


_REFUSES = "the answer refuses"


def _reason_class(gate: str, *, broken: bool, disguised: bool) -> str:
    """Return the class of the reason; "" where the value says it."""
    if gate:
        return "refusal" if gate == _REFUSES else "no_content"
    return "rule_broken" if broken else "disguise" if disguised else ""


def _gate(record: Record, text: str, covered: int, *, refusal: bool, options: PatternsOptions) -> str:
    """Return why an answer earns nothing, whichever rules it keeps; "" if it may earn."""
    if refusal and not _may_refuse(options.refusals):
        return _REFUSES
    if not options.require_content:
        return ""
    if problem := content_problem(text):
        return problem
    if covered > RULES_SHARE_MOST * len(text.strip()):
        return "hardly more than the words that the rules ask for"
    prompt = user_text(record)
    if prompt and echo_share(text, prompt) > options.echo_most:
        return "mostly a copy of the prompt"
    return ""


def _may_refuse(refusals: Refusals) -> bool:
    match refusals:
        case "unpaid":
            return False
        case "paid":
            return True
    assert_never(refusals)


def _told(broken: list[Rule], findings: Mapping[str, RuleOutcome], disguise: str) -> Iterator[str]:
    if disguise:
        yield disguise
    for rule in broken:
        finding = findings[rule.id]
        found = f" ({finding.shown[0]!r}, {finding.reading})" if rule.forbids and finding.shown else ""
        yield f"{rule.id}: {rule.message or 'not kept'}{found}"


def _judged(shown: Reading, answer: Reading, prepared: PreparedPatterns) -> tuple[dict[str, RuleOutcome], int]:
    """Judge every rule; return the outcomes of those that were found or are not kept, by their ids.

    The second value is the number of characters of the answer that are what must and should ask for.

    Args:
        shown: The text that must-not-rules read.
        answer: The text that the others read.
        prepared: The rules.
    """
    rules = prepared.rules
    asked = found = _Search(answer, prepared.finder, all_matches=bool(prepared.related))
    if shown is not answer:
        found = _Search(shown, prepared.finder, all_matches=bool(prepared.related))
    outcomes: dict[int, RuleOutcome] = {}
    for one, banned in prepared.forbidding:
        looked = found.looked_through(one)
        for place in banned & looked.places:
            outcome = found.forbidden(place, rules[place], looked)
            if outcome is not _KEPT:
                outcomes[place] = outcome
    for one, places in prepared.asking:
        outcomes.update(dict.fromkeys(places, _MISSED))
        occurring = asked.asked_in(one)
        if occurring is not None:
            for place in occurring.places.intersection(places):
                outcomes[place] = asked.asked(place, rules[place], occurring)
    findings = {rules[place].id: outcomes[place] for place in sorted(outcomes)}
    _relate([rules[place] for place in prepared.related], findings)
    return findings, asked.covered


def _relate(rules: list[Rule], findings: dict[str, RuleOutcome]) -> None:
    """Take back rules whose match stands in the wrong place, and those of groups of which not just one holds."""
    for rule in rules:
        if findings.get(rule.id, _KEPT).kept and not _in_place(rule, findings):
            findings[rule.id] = msgspec.structs.replace(findings.get(rule.id, _KEPT), kept=False)
    groups: dict[str, list[str]] = {}
    for rule in rules:
        if rule.group:
            groups.setdefault(rule.group, []).append(rule.id)
    for names in groups.values():
        if sum(findings.get(name, _KEPT).kept for name in names) != 1:
            findings |= {name: msgspec.structs.replace(findings.get(name, _KEPT), kept=False) for name in names}


def _in_place(rule: Rule, findings: Mapping[str, RuleOutcome]) -> bool:
    """Return whether a required rule's match stands after and near those that it names."""
    own = findings.get(rule.id, _KEPT).spans
    if rule.forbids or not own:
        return True
    if rule.after:
        other = findings.get(rule.after, _KEPT).spans
        if not other or other[0][0] >= own[-1][0]:
            return False
    if rule.near:
        reach, others = rule.near.characters, findings.get(rule.near.rule, _KEPT).spans
        if not any(start - reach <= end and begin - reach <= stop for begin, end in others for start, stop in own):
            return False
    return True


_KEPT = RuleOutcome(kept=True)
_MISSED = RuleOutcome(kept=False)
# Spans that are read above those that a rule needs, in case some are denied.
_SPARE = 3
_AS_WRITTEN = frozenset({"raw", "scope", "pointer"})


class _SearchedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer, looked through for what is forbidden.

    Attributes:
        readings: Each reading, and what occurs in it.
        plain: The reading without marks, in which letters kept apart are looked for.
        apart: Where they are, by rule.
        places: The rules that occur in any of this.
    """

    readings: tuple[Occurrences, ...] = ()
    plain: Reading = Reading("raw", "")
    apart: Mapping[int, list[tuple[int, int]]] = {}
    places: frozenset[int] = frozenset()


def _looked_through(part: Reading, finder: Finder, first: Occurrences) -> _SearchedPart:
    readings = tuple(finder.readings(part, first if part is first.reading else None))
    plain = next((each.reading for each in reversed(readings) if each.reading.name in {"bare", "canonical"}), part)
    apart: dict[int, list[tuple[int, int]]] = {}
    for place, span in finder.squashed(plain):
        apart.setdefault(place, []).append(span)
    places = frozenset(apart).union(*(each.places for each in readings))
    return _SearchedPart(readings=readings, plain=plain, apart=apart, places=places)


class _Search:
    """The matches of one answer, and of the parts of it that rules read; each part is searched once."""

    def __init__(self, raw: Reading, finder: Finder, *, all_matches: bool) -> None:
        self._raw = raw
        # Whether some rule asks where others stand; else as many matches are read as a rule needs.
        self._all_matches = all_matches
        self._finder = finder
        self._first = finder.once(raw)
        self.covered = 0

    def asked(self, place: int, rule: Rule, found: Occurrences) -> RuleOutcome:
        """Return the outcome of a rule that occurs in a part of the answer."""
        if rule.keywords:  # a pattern may describe the form of the whole answer
            self.covered += rule.coverage(found.reading.lowered)
        enough = max(rule.least, SPANS_SHOWN) if self._all_matches else rule.least
        wanted = SPANS_LIMIT if rule.most else enough
        spans = self._meant(found, place, rule, wanted, wanted + _SPARE)
        if len(spans) < enough:
            spans = self._meant(found, place, rule, wanted, SPANS_LIMIT)  # the first ones may be denied
        kept = rule.least <= len(spans) <= (rule.most or len(spans))
        return self._told(rule, found.reading, spans, kept=kept)

    @staticmethod
    def _meant(found: Occurrences, place: int, rule: Rule, wanted: int, most: int) -> list[tuple[int, int]]:
        """Return the first spans of a rule, of which at most ``most`` are looked at, that the answer means."""
        text = found.reading.text
        spans = found.spans(place, most)
        return list(islice((span for span in spans if rule.counts_denied or not denied(text, *span)), wanted))

    def asked_in(self, rule: Rule) -> Occurrences | None:
        """Return the occurrences in the part that a rule which asks looks at; None if the answer has no such part."""
        part = scoped(light(self._raw), rule)
        seen = part and visible(part)
        if seen is None:
            return None
        return self._first if seen.text == self._raw.text else self._finder.once(seen)

    def forbidden(self, place: int, rule: Rule, looked: _SearchedPart) -> RuleOutcome:
        for found in looked.readings:
            if place not in found.places or (not rule.seeks_disguises and found.reading.name not in _AS_WRITTEN):
                continue
            spans = found.spans(place)
            if len(spans) >= rule.least:
                return self._told(rule, found.reading, spans, kept=False)
        apart = looked.apart.get(place, []) if rule.seeks_disguises else []
        if len(apart) >= rule.least:
            return self._told(rule, looked.plain, apart, kept=False, reading_name="squashed")
        return _KEPT

    def looked_through(self, rule: Rule) -> _SearchedPart:
        part = scoped(self._raw, rule)
        return _looked_through(part, self._finder, self._first) if part else _SearchedPart()

    def _told(
        self, rule: Rule, reading: Reading, spans: list[tuple[int, int]], *, kept: bool, reading_name: str = ""
    ) -> RuleOutcome:
        shown = tuple(reading.span(*span) for span in spans[:SPANS_SHOWN])
        texts = () if rule.masked else tuple(self._raw.text[start:end][:SHOWN_CHARACTERS] for start, end in shown)
        return RuleOutcome(kept=kept, count=len(spans), reading=reading_name or reading.name, spans=shown, shown=texts)


def _share(rules: Sequence[Rule], findings: Mapping[str, RuleOutcome]) -> float:
    total = sum(rule.weight for rule in rules)
    return sum(rule.weight for rule in rules if findings.get(rule.id, _KEPT).kept) / total if total else 1.0


patterns: Scorer = scorer(
    options=PatternsOptions,
    metrics=("violations", "musts_missed", "should_share", "content_ok", "refusal"),
    option_metrics=lambda prepared: prepared.metric_names.values(),
    bounded=ends_in_time(ENGINE),
    prepare=_prepared,
)(_score)
