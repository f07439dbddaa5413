"""``compliance.patterns``: what an answer must say, must not say and should say.

Must-rules and must-not-rules gate: one that is not kept makes the answer worth nothing.
Should-rules weigh: the value is the weighted share of them that is kept, 1.0 if there are none.
An answer without content is worth nothing, whatever the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rlvr import Record, Score, Scorer, scorer
from rlvr_compliance.content import content_problem, echo_share, refuses
from rlvr_compliance.denial import denied
from rlvr_compliance.engine import ENGINE, readable
from rlvr_compliance.packs import pack_in, shipped_pack
from rlvr_compliance.readings import Finder, Occurrences
from rlvr_compliance.rules import Rule, faults_in
from rlvr_compliance.scopes import scoped
from rlvr_compliance.views import View, bare, canonical, disguise_in, light, visible

# The longest answer that is read; a longer one is refused, so that nothing hides behind the end.
ANSWER_LIMIT_CHARACTERS = 1_000_000
# Places of one rule that evidence names.
SPANS_SHOWN = 5
SHOWN_CHARACTERS = 80
# An answer that is mostly the words that it must hold says nothing with them.
RULES_SHARE_MOST = 0.6


class PatternsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``compliance.patterns``."""

    rules: Annotated[tuple[Rule, ...], Meta(max_length=1000, description="What is looked for.")] = ()
    packs: Annotated[tuple[str, ...], Meta(description="Rule packs that are shipped, by name.")] = ()
    pack_files: Annotated[tuple[str, ...], Meta(description="Rule packs in YAML files.")] = ()
    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    require_content: Annotated[bool, Meta(description="Pay nothing for an answer that says nothing.")] = True
    refusals: Annotated[
        Literal["unpaid", "paid"], Meta(description="Whether an answer that begins by refusing may earn.")
    ] = "unpaid"
    echo_most: Annotated[
        float, Meta(ge=0.0, le=1.0, description="Share of the answer's words that may be copied from the prompt.")
    ] = 0.5

    def __post_init__(self) -> None:
        """Refuse rules that contradict each other."""
        if not (self.rules or self.packs or self.pack_files):
            raise ValueError("no rules: give `rules`, `packs` or `pack_files`")
        for fault in faults_in(self.rules):
            raise ValueError(fault)


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """The options, all rules, and what looks for them."""

    options: PatternsOptions
    rules: tuple[Rule, ...]
    finder: Finder


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule.

    Attributes:
        kept: Whether the answer keeps it.
        count: How often it was found.
        view: In which reading.
        spans: Where in the answer, in characters; the first few.
        shown: What stands there.
    """

    kept: bool
    count: int = 0
    view: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    shown: tuple[str, ...] = ()


def _prepared(options: PatternsOptions) -> Prepared:
    packs = [*map(shipped_pack, options.packs), *(pack_in(Path(file)) for file in options.pack_files)]
    rules = (*options.rules, *(rule for pack in packs for rule in pack.rules))
    for fault in faults_in(rules):
        raise ValueError(fault)
    return Prepared(options=options, rules=rules, finder=Finder(rules))


def _score(record: Record, prepared: Prepared) -> Score:
    answer = record.view(prepared.options.view)
    if len(answer) > ANSWER_LIMIT_CHARACTERS:
        return Score.of(0.0, f"longer than {ANSWER_LIMIT_CHARACTERS} characters")
    text = readable(answer)
    findings, covered = _judged(text, prepared)
    disguise = disguise_in(text) if any(rule.tier == "must-not" for rule in prepared.rules) else ""
    broken = [rule for rule in prepared.rules if rule.tier != "should" and not findings[rule.id].kept]
    refusal = refuses(text)
    gate = _gate(record, text, covered, refusal=refusal, options=prepared.options)
    share = _share([rule for rule in prepared.rules if rule.tier == "should"], findings)
    return Score(
        value=0.0 if gate or broken or disguise else share,
        reason=gate or "; ".join(_told(broken, findings, disguise)) or "every must-rule is kept",
        evidence={"rules": {name: msgspec.to_builtins(finding) for name, finding in findings.items()}},
        metrics={
            "violations": float(sum(rule.tier == "must-not" for rule in broken) + bool(disguise)),
            "musts_missed": float(sum(rule.tier == "must" for rule in broken)),
            "should_share": share,
            "content_ok": float(not gate),
            "refusal": float(refusal),
        },
    )


def _gate(record: Record, text: str, covered: int, *, refusal: bool, options: PatternsOptions) -> str:
    """Say why an answer earns nothing, whichever rules it keeps; "" if it may earn."""
    if refusal and options.refusals == "unpaid":
        return "the answer refuses"
    if not options.require_content:
        return ""
    if problem := content_problem(text):
        return problem
    if covered > RULES_SHARE_MOST * len(text.strip()):
        return "hardly more than the words that the rules ask for"
    prompt = "\n".join(message.content for message in record.messages if message.role == "user")
    if prompt and echo_share(text, prompt) > options.echo_most:
        return "mostly a copy of the prompt"
    return ""


def _told(broken: list[Rule], findings: Mapping[str, Finding], disguise: str) -> Iterator[str]:
    if disguise:
        yield disguise
    for rule in broken:
        finding = findings[rule.id]
        found = f" ({finding.shown[0]!r}, {finding.view})" if rule.tier == "must-not" and finding.shown else ""
        yield f"{rule.id}: {rule.message or 'not kept'}{found}"


def _judged(text: str, prepared: Prepared) -> tuple[dict[str, Finding], int]:
    """Judge every rule; says also how many characters of the answer are what must and should ask for."""
    raw = View("raw", text)
    found = _Found(raw, prepared.finder)
    findings = {rule.id: found.finding(place, rule) for place, rule in enumerate(prepared.rules)}
    by_id = {rule.id: rule for rule in prepared.rules}
    for rule in prepared.rules:
        if findings[rule.id].kept and not _in_place(rule, findings):
            findings[rule.id] = msgspec.structs.replace(findings[rule.id], kept=False)
    for rule in prepared.rules:
        if rule.group and sum(findings[each.id].kept for each in prepared.rules if each.group == rule.group) != 1:
            findings = {
                name: msgspec.structs.replace(each, kept=False) if by_id[name].group == rule.group else each
                for name, each in findings.items()
            }
    return findings, found.covered


def _in_place(rule: Rule, findings: Mapping[str, Finding]) -> bool:
    """Say whether a required rule's match stands after and near those that it names."""
    own = findings[rule.id].spans
    if rule.tier == "must-not" or not own:
        return True
    if rule.after:
        other = findings[rule.after].spans
        if not other or other[0][0] >= own[-1][0]:
            return False
    if rule.near:
        reach, others = rule.near.characters, findings[rule.near.rule].spans
        if not any(start - reach <= end and begin - reach <= stop for begin, end in others for start, stop in own):
            return False
    return True


class _Found:
    """What was found in one answer, and in the parts of it that rules look at; each is looked through once."""

    def __init__(self, raw: View, finder: Finder) -> None:
        self._raw = raw
        self._finder = finder
        self._first = finder.once(raw)
        self._forbidding: dict[tuple[str, ...], list[Occurrences]] = {}
        self._squashed: dict[tuple[str, ...], dict[int, list[tuple[View, tuple[int, int]]]]] = {}
        self._asking: dict[tuple[str, ...], Occurrences | None] = {}
        self.covered = 0

    def finding(self, place: int, rule: Rule) -> Finding:
        return self._forbidden(place, rule) if rule.tier == "must-not" else self._asked(place, rule)

    def _asked(self, place: int, rule: Rule) -> Finding:
        found = self._asked_in(rule)
        if found is None or not found.may_occur(place):
            return Finding(kept=False)
        text = found.view.text
        spans = [span for span in found.spans(place) if rule.negation == "allowed" or not denied(text, *span)]
        self.covered += sum(end - start for start, end in spans)
        kept = rule.least <= len(spans) <= (rule.most or len(spans))
        return self._told(found.view, spans, kept=kept)

    def _asked_in(self, rule: Rule) -> Occurrences | None:
        key = _scope_of(rule)
        if key not in self._asking:
            part = scoped(light(self._raw.text) if self._raw.below is None else self._raw, rule)
            seen = part and visible(part)
            same = seen is not None and seen.text == self._raw.text
            self._asking[key] = self._first if same else self._finder.once(seen) if seen else None
        return self._asking[key]

    def _forbidden(self, place: int, rule: Rule) -> Finding:
        for found in self._forbidding_in(rule):
            if not found.may_occur(place):
                continue
            if rule.views == "light" and found.view.name not in {"raw", "scope", "pointer"}:
                continue
            spans = found.spans(place)
            if len(spans) >= rule.least:
                return self._told(found.view, spans, kept=False)
        apart = self._squashed[_scope_of(rule)].get(place, []) if rule.views == "all" else []
        if len(apart) >= rule.least:
            return self._told(apart[0][0], [span for _, span in apart], kept=False, view_name="squashed")
        return Finding(kept=True)

    def _forbidding_in(self, rule: Rule) -> list[Occurrences]:
        key = _scope_of(rule)
        if key not in self._forbidding:
            part = scoped(self._raw, rule)
            first = self._first if part is self._raw else None
            self._forbidding[key] = list(self._finder.readings(part, first)) if part else []
            self._squashed[key] = {}
            if part:
                plain = bare(canonical(part))
                for place, span in self._finder.squashed(plain):
                    self._squashed[key].setdefault(place, []).append((plain, span))
        return self._forbidding[key]

    def _told(self, view: View, spans: list[tuple[int, int]], *, kept: bool, view_name: str = "") -> Finding:
        shown = tuple(view.span(*span) for span in spans[:SPANS_SHOWN])
        texts = tuple(self._raw.text[start:end][:SHOWN_CHARACTERS] for start, end in shown)
        return Finding(kept=kept, count=len(spans), view=view_name or view.name, spans=shown, shown=texts)


def _scope_of(rule: Rule) -> tuple[str, ...]:
    return rule.scope, str(rule.sentences), rule.section, rule.pointer


def _share(rules: list[Rule], findings: Mapping[str, Finding]) -> float:
    total = sum(rule.weight for rule in rules)
    return sum(rule.weight for rule in rules if findings[rule.id].kept) / total if total else 1.0


patterns: Scorer = scorer(
    options=PatternsOptions,
    metrics=("violations", "musts_missed", "should_share", "content_ok", "refusal"),
    bounded=ENGINE == "re2",
    prepare=_prepared,
)(_score)
