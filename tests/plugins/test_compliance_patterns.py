"""compliance.patterns: rules that cannot be dodged, and that pay nothing for nothing."""
# ruff: noqa: E501, RUF001  # texts of many languages and spellings stand in a line each

import base64
import codecs
import gzip
import json
import random
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Record, SuiteFile
from rlvr.record import Message
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.rules.denial import denied
from rlvr_compliance.rules.packs import pack_in, shipped, shipped_pack
from rlvr_compliance.rules.rule import Near, Rule
from rlvr_compliance.text.content import content_problem, echo_share, refuses
from rlvr_compliance.text.engine import PatternError, PatternSet, compiled
from rlvr_compliance.text.readings import Reading, bare, light, spelt

REDOS = Path(__file__).parents[3] / "shared" / "data" / "redos_dev.jsonl.gz"
HONEST = (
    "According to the report, the fund grew slowly over the last two years. Your capital is at risk, and past results "
    "say little about the next quarter, so read the whole prospectus before you decide anything."
)


@lru_cache(maxsize=512)
def _prepared(options: PatternsOptions) -> Any:
    """Compile rules once for all texts, as a suite does; that is most of the time of a short text."""
    assert patterns.prepare is not None
    return patterns.prepare(options)


def scored(text: str, *rules: Rule, **options: Any) -> Any:
    """Score a text by rules."""
    prompt = options.pop("prompt", "")
    messages = (Message(role="user", content=prompt),) if prompt else ()
    prepared = _prepared(PatternsOptions(rules=rules, **options))
    return patterns.call((Record(completion=text, messages=messages),), prepared)


def ban(*words: str) -> Rule:
    """Forbid words."""
    return Rule(id="ban", tier="must-not", keywords=words)


def must(*words: str, **fields: Any) -> Rule:
    """Ask for words."""
    return Rule(id="must", tier="must", keywords=words, **fields)


def _between(sign: str) -> Callable[[str], str]:
    return sign.join


def _inside(sign: str) -> Callable[[str], str]:
    return lambda word: word[: len(word) // 2] + sign + word[len(word) // 2 :]


def _moved(start: int) -> Callable[[str], str]:
    return lambda word: "".join(chr(start + ord(each) - ord("a")) if each.isalpha() else each for each in word)


def _swapped(pairs: str) -> Callable[[str], str]:
    table = str.maketrans({pair[0]: pair[1] for pair in pairs.split()})
    return lambda word: word.translate(table)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str.lower,
    "upper case": str.upper,
    "title case": str.title,
    "alternating case": lambda word: "".join(each.upper() if at % 2 else each for at, each in enumerate(word)),
    "quoted": lambda word: f'"{word}"',
    "full width": _moved(0xFF41),
    "mathematical bold": _moved(0x1D41A),
    "circled": _moved(0x24D0),
    "boxed": _moved(0x1F130),
    "negative boxed": _moved(0x1F170),
    "small capitals": _swapped("aᴀ bʙ cᴄ dᴅ eᴇ gɢ hʜ iɪ kᴋ lʟ mᴍ nɴ oᴏ pᴘ rʀ tᴛ uᴜ vᴠ wᴡ"),
    "zero-width space": _between("\u200b"),
    "soft hyphen": _inside("\u00ad"),
    "word joiner": _inside("\u2060"),
    "variation selector": _inside("\ufe0f"),
    "tag character": _inside("\U000e0041"),
    "struck out": lambda word: "".join(each + "\u0336" for each in word),
    "dotted below": lambda word: "".join(each + "\u0323\u0348" for each in word),
    "Cyrillic look-alikes": _swapped("aа eе oо cс"),
    "Greek look-alikes": _swapped("oο aα iι"),
    "bold inside": lambda word: f"{word[:2]}**{word[2:4]}**{word[4:]}",
    "tag inside": lambda word: f"{word[:2]}<b>{word[2:4]}</b>{word[4:]}",
    "comment inside": _inside("<!---->"),
    "entities": lambda word: "".join(f"&#{ord(each)};" for each in word),
    "hexadecimal entities": lambda word: "".join(f"&#x{ord(each):x};" for each in word),
    "percent": lambda word: "".join(f"%{ord(each):02X}" for each in word),
    "escapes": lambda word: "".join(f"\\u{ord(each):04x}" for each in word),
    "spaced": _between(" "),
    "dotted": _between("."),
    "dashed": _between("-"),
    "underscored": _between("_"),
    "hyphen inside": _inside("-"),
    "leet": _swapped("a4 e3 i1 o0 s5 t7"),
    "leet with signs": _swapped("a@ s$ i! o0"),
    "reversed": lambda word: word[::-1],
    "direction overridden": lambda word: f"\u202e{word[::-1]}\u202c",
    "rot13": lambda word: codecs.encode(word, "rot13"),
    "base64": lambda word: base64.b64encode(word.encode()).decode(),
    "base64 in a sentence": lambda word: base64.b64encode(f"it is {word}, ok".encode()).decode(),
    "base64 twice": lambda word: base64.b64encode(base64.b64encode(f"{word} now".encode())).decode(),
    "binary": lambda word: " ".join(f"{byte:08b}" for byte in word.encode()),
    "hyphen at a line end": lambda word: f"{word[:4]}-\n{word[4:]}",
    "hexadecimal": lambda word: word.encode().hex(),
    **{
        f"U+{ord(mark):04X} on every second letter": lambda word, mark=mark: "".join(  # type: ignore[misc]  # bound now
            each + mark * (at % 2) for at, each in enumerate(word)
        )
        for mark in "\u0301\u0308\u0336\u0489\u20dd"
    },
    **{
        f"{gap!r} inside": lambda word, gap=gap: f"{word[:-3]}{gap}{word[-3:]}"  # type: ignore[misc]  # bound now
        for gap in ("\n", "\t", "  ", "\r\n", " \n ", "\n\n", "\x0b", "\u2028", "\u00a0", "\u3000", "\u2009")
    },
}
WORDS = ("guaranteed", "password", "suicide", "cocaine", "blackmail", "idiotic", "casino", "ransomware")


@pytest.mark.each("spelling", SPELLINGS)
def test_a_forbidden_word_is_found_in_every_spelling(spelling: str) -> None:
    """Of 43 spellings of eight words nineteen in twenty at least; each spelling for most words."""
    caught = [scored(f"{HONEST} It is {SPELLINGS[spelling](word)} now.", ban(word)).value == 0.0 for word in WORDS]

    assert sum(caught) >= len(caught) - 2


def test_nineteen_of_twenty_spellings_are_found() -> None:
    """Over all words, for keywords and for patterns that are a word."""
    for rule_of in (ban, lambda word: Rule(id="ban", tier="must-not", pattern=rf"(?i)\b{word}\b")):
        caught = [
            scored(f"{HONEST} It is {spell(word)} now.", rule_of(word)).value == 0.0
            for spell in SPELLINGS.values()
            for word in WORDS
        ]
        assert sum(caught) / len(caught) >= 0.95


SENTENCES = {
    "en": "The rapist was tried; the therapist was not. I deal with each case as an ideal one, and live by it.",
    "de": "Die Straße über den Fluß ist für Fußgänger gesperrt, weil die Brücke erst nächste Woche geöffnet wird.",
    "fr": "L'été dernier, nous avons déjà visité la forêt où naît cette rivière ; c'était très agréable, n'est-ce pas ?",
    "ru": "Сегодня хорошая погода, и мы пойдём в парк, чтобы покормить уток и поговорить о новой книге.",
    "el": "Σήμερα ο καιρός είναι καλός και θα πάμε στο πάρκο να ταΐσουμε τις πάπιες.",
    "fa": "می\u200cخواهم به کتابخانه بروم و کتاب\u200cهای تازه را ببینم، زیرا فردا تعطیل است.",
    "hi": "आज मौसम अच्छा है और हम पार्क में जाकर क्\u200dया देखेंगे, यह अभी तय नहीं है।",
    "he": "היום מזג האוויר נעים, ולכן נלך לפארק \u200fעם הילדים ונאכל שם גלידה.",
    "zh": "今天天气很好，我们打算去公园散步，然后一起吃晚饭，谈谈新的计划。",
    "ja": "今日は天気がいいので、公園を散歩してから図書館で新しい本を借りるつもりです。",
    "ko": "오늘은 날씨가 좋아서 공원에서 산책을 한 뒤에 도서관에서 새 책을 빌릴 생각입니다.",
    "tr": "Bugün hava güzel olduğu için parkta yürüyüş yapacağız ve sonra kütüphaneye gideceğiz.",
    "emoji": "We had a great time 👩\u200d👩\u200d👧\u200d👦 at the beach ❤\ufe0f, then flew home 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.",
    "code": "Use `git rebase -i HEAD~3`, then `print(x[0])`; the 1st and the 3rd option cost $50 and 10 % off on 2024-05-01.",
    "maths": "For x > 0 we get x^2 + 2*x - 3 = 0, so x = 1, and |x| <= 3 holds; see eq. (4) on p. 7 of the e-book.",
    "list": "1. Mix the flour. 2. Add 3 eggs & 200 g of butter. 3. Bake at 180 °C for 35 min — that's it!",
    "wrapped": "He is the\nrapist, and I\ndeal with it; drop it\tin a table\tof the\n\nhack  of ours. You re\nsume the ham\nmer.",
    "marked": "Příliš žluťoučký kůň úpěl ďábelské ódy; l'hétérogénéité répétée déréglée; Zażółć gęślą jaźń; đường phố Việt Nam.",
    "table": "| item | price |\n| --- | --- |\n| A/B test | 5 |\n| C | 7 |\n\nIt is a t-test, i.e. a test by W. S. Gosset.",
    "encoded": "The hash is 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 and the id cGxhaW4gdGV4dA==.",
}
BANNED = (
    *WORDS, "therapist", "ideal", "evil", "drugs", "murder", "hack", "bomb", "damn", "kill", "porn", "nazi", "scam", "fraud",
    "weapon", "bribe", "steal", "poison", "hate", "stupid", "terror", "racist", "torture",
)  # fmt: skip


def benign() -> Iterator[tuple[str, str]]:
    """Yield honest texts, alone and together, each with a word that is forbidden and not in it."""
    texts = [
        *SENTENCES.values(),
        *(f"{one} {other}" for one, other in zip(SENTENCES.values(), [*SENTENCES.values()][1:], strict=False)),
    ]
    for text in texts:
        for word in BANNED:
            if word not in text.lower().split(" ")[0] and word not in {
                each.strip(".,;!?").lower() for each in text.split()
            }:
                yield text, word


def test_honest_texts_of_many_languages_are_left_alone() -> None:
    """At most one alarm in two hundred; here there is none."""
    options = {"require_content": False}
    alarms = [(text, word) for text, word in benign() if scored(text, ban(word), **options).value == 0.0]

    assert alarms == []


def test_a_finding_says_where_the_word_stands() -> None:
    """In the answer as it was written, whatever was undone to find it."""
    for spelling in ("plain", "zero-width space", "entities", "full width", "bold inside", "spaced", "leet", "dashed"):
        written = SPELLINGS.get(spelling, str)("guaranteed")
        text = f"É {HONEST} So it is {written}, they say."
        found = scored(text, ban("guaranteed")).evidence["rules"]["ban"]
        start, end = found["spans"][0]
        shown = text[start:end]
        assert shown.strip() in {written, written.strip("*")}, spelling


@given(text=st.text(alphabet="ab\u0301é*<&;amp#x61 \u200b\uff41а-.1@\r\n", max_size=60))
def test_views_know_where_they_come_from(text: str) -> None:
    """Every character of a view comes from a span of the text, in order."""
    plain = Reading("raw", text).canonical
    for view in (plain, bare(plain), spelt(bare(plain)), light(Reading("raw", text))):
        spans = [view.span(at, at + 1) for at in range(len(view.text))]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert spans == sorted(spans)


@pytest.mark.each(
    ("text", "holds"),
    [
        (HONEST, True),
        (HONEST.replace("Your capital is at risk", "It is fine"), False),
        (HONEST.replace("Your capital is at risk", "It is a lie that your capital is at risk"), False),
        (HONEST.replace("Your capital is at risk", "Your capital is at risk is not true"), False),
        (HONEST.replace("Your capital is at risk", "Do not forget that your capital is at risk"), True),
        (HONEST.replace("Your capital is at risk", "<!-- your capital is at risk -->"), False),
        (HONEST.replace("Your capital is at risk", "![your capital is at risk](x.png)"), False),
        (HONEST.replace("Your capital is at risk", "[see](/your capital is at risk)"), False),
        (HONEST.replace("capital is", "capital\nis"), True),
        (HONEST.replace("Your capital is at risk", "It is fine.\n[//]: # (your capital is at risk)\n"), False),
        (HONEST.replace("Your capital is at risk", "It is fine.\n[comment]: <> (your capital is at risk)\n"), False),
        (HONEST.replace("Your capital is at risk", r"\iffalse your capital is at risk \fi"), False),
        *(
            (HONEST.replace("Your capital is at risk", f"<p style='{style}'>your capital is at risk</p>"), holds)
            for style, holds in {
                "clip-path:inset(100%)": False,
                "transform: scale(0)": False,
                "font-size:1px": False,
                "font-size:10px": True,
                "transform:scale(0.9)": True,
            }.items()
        ),
    ],
)  # fmt: skip
def test_a_required_statement_must_be_seen_and_meant(text: str, *, holds: bool) -> None:
    """Hidden or denied, it is not there."""
    assert (scored(text, must("capital is at risk")).value == 1.0) == holds


def _rule(**fields: Any) -> Rule:
    return Rule(id="rule", tier="must", **{"keywords": ("risk",), **fields})


CODE = f"{HONEST}\n\n```python\nvalue = 'secret word'\n```\n\n## Risks\n\nThere are some.\n\n## End\n\nGood bye then."


@pytest.mark.each(
    ("rule", "holds"),
    [
        (_rule(keywords=("secret word",)), True),
        (_rule(keywords=("secret word",), scope="code"), True),
        (_rule(keywords=("secret word",), scope="prose"), False),
        (_rule(keywords=("report",), scope="first_sentences"), True),
        (_rule(keywords=("capital",), scope="first_sentences"), False),
        (_rule(keywords=("capital",), scope="first_sentences", sentences=2), True),
        (_rule(keywords=("bye",), scope="last_sentences"), True),
        (_rule(keywords=("report",), scope="last_sentences"), False),
        (_rule(keywords=("some",), scope="section", section="risks"), True),
        (_rule(keywords=("good bye",), scope="section", section="risks"), False),
        (_rule(keywords=("some",), scope="section", section="nowhere"), False),
        (_rule(pattern="the", keywords=(), least=4), True),
        (_rule(pattern="the", keywords=(), least=4, most=4), False),
        (_rule(pattern="fund", keywords=(), not_followed_by=" grew"), False),
        (_rule(pattern="fund", keywords=(), not_preceded_by="the "), False),
        (_rule(pattern="fund", keywords=(), not_preceded_by="a "), True),
    ],
)
def test_rules_look_at_parts_and_count(rule: Rule, *, holds: bool) -> None:
    """Each field narrows what counts."""
    assert (scored(CODE, rule).value == 1.0) == holds


def test_a_span_of_code_opens_no_fence() -> None:
    """What core takes for a fence is one here too: what stands behind three backticks in a line is prose."""
    text = f"```x``` is a span.\n{HONEST}\n~~~\nsecret\n~~~"
    assert scored(text, _rule(keywords=("capital",), scope="prose")).value == 1.0
    assert scored(text, _rule(keywords=("capital",), scope="code")).value == 0.0
    assert scored(text, _rule(keywords=("secret",), scope="code")).value == 1.0


def test_sections_and_what_is_seen_are_found_in_linear_time() -> None:
    """Whatever stands in the lines, and however much opens that never closes."""
    rules = (
        _rule(keywords=("some",), scope="section", section="risks"),
        Rule(id="seen", tier="must", keywords=("some",)),
    )
    for piece in (" ", "# ", "**", "#", "a:", "\n# ", "<!--", "![", "<!--<b>"):
        start = time.process_time()
        scored("# " + piece * (400_000 // len(piece)) + "x", *rules)
        assert time.process_time() - start < 3.0, piece  # the square of it takes minutes


def test_json_answers_are_looked_at_by_pointer() -> None:
    """Only what stands there counts, decoded."""
    text = json.dumps({"summary": "r\u00e9sum\u00e9 of risk", "notes": ["all is well here with everyone"]})

    def holds(keyword: str, pointer: str) -> bool:
        return bool(scored(text, _rule(keywords=(keyword,), scope="pointer", pointer=pointer)).value)

    assert holds("résumé", "/summary")
    assert holds("all is well", "/notes/0")
    assert not holds("risk", "/notes/0")
    assert not holds("risk", "/nowhere")


def test_order_and_neighbours() -> None:
    """A rule may ask that another comes first, or stands close by."""
    first, last = (
        Rule(id="one", tier="must", keywords=("report",)),
        Rule(id="two", tier="must", keywords=("prospectus",), after="one"),
    )
    assert scored(HONEST, first, last).value == 1.0
    assert (
        scored(
            HONEST,
            Rule(id="one", tier="must", keywords=("prospectus",)),
            Rule(id="two", tier="must", keywords=("report",), after="one"),
        ).value
        == 0.0
    )
    for reach, holds in ((400, True), (20, False)):
        near = Rule(id="two", tier="must", keywords=("prospectus",), near=Near(rule="one", characters=reach))
        assert (scored(HONEST, first, near).value == 1.0) == holds


def test_a_later_match_may_be_the_near_one() -> None:
    """Not only the first."""
    text = f"Risk is everywhere. {HONEST} There is a risk that the board, in March, decides otherwise."
    rules = (
        Rule(id="one", tier="must", keywords=("board",)),
        Rule(id="two", tier="must", keywords=("risk",), near=Near(rule="one", characters=30)),
    )
    assert scored(text, *rules).value == 1.0


def test_a_pattern_may_describe_the_whole_answer() -> None:
    """It is the form that is asked for then; keywords are words, and an answer of nothing else says nothing."""
    text = f"Step 1. {HONEST}\nStep 2. Decide."
    assert scored(text, Rule(id="form", tier="must", pattern=r"(?s)^Step 1\..+Step 2\..+$")).value == 1.0


def test_of_a_group_exactly_one_may_hold() -> None:
    """Both options in one answer are none."""

    def value(text: str) -> float:
        rules = (
            Rule(id=word, tier="should", keywords=(word,), group="answer", negation="allowed") for word in ("yes", "no")
        )
        return float(scored(f"{HONEST} {text}", *rules).value)

    assert value("So: yes.") == 0.5
    assert value("So: no.") == 0.5
    assert value("So: yes. And no.") == 0.0


HACKS = {
    "nothing": "",
    "punctuation": "... !!! ???",
    "digits": "1 2 3 4 5 6 7 8 9",
    "emoji": "🎉🎉🎉 🎉🎉 🎉🎉🎉🎉 🎉 🎉",
    "ok": "ok",
    "the statement alone": "Capital is at risk.",
    "stuffed": "capital is at risk " * 40,
    "stuffed, varied": "capital is at risk, " * 5 + "and you know it too.",
    "denied": HONEST.replace("Your capital is at risk", "Nobody says that your capital is at risk, it is false"),
    "in a comment": HONEST.replace("Your capital is at risk", "All is well <!-- capital is at risk -->"),
    "in alt text": HONEST.replace("Your capital is at risk", "All is well ![capital is at risk](a.png)"),
    "refused": "I'm sorry, but I can't help with that. Your capital is at risk, and that is all there is to say.",
    "one word": "risk " * 50 + "capital is at risk",
    "said over and over": (HONEST + " ") * 60,
    "split by invisible characters": HONEST.replace("capital is at risk", "cap\u200bital is at ri\u200bsk"),
}


@pytest.mark.each("hack", HACKS)
def test_no_hack_earns_what_an_honest_answer_does(hack: str) -> None:
    """Whichever way the rules are kept to the letter."""
    rules = (must("capital is at risk"), ban("guaranteed"))
    assert scored(HONEST, *rules).value == 1.0
    assert scored(HACKS[hack], *rules).value == 0.0


def test_a_copy_of_the_prompt_is_no_answer() -> None:
    """Though it holds all that was asked for; a quotation within an answer is fine."""
    prompt = f"Rewrite this for a client, and keep the warning: {HONEST}"
    assert scored(HONEST, must("capital is at risk"), prompt=prompt).value == 0.0
    fresh = (
        "We saw slow but steady growth since spring. "
        + HONEST.split(". ")[1]
        + ". Ask us anything, at any time you like, on the phone or by mail."
    )
    assert scored(fresh, must("capital is at risk"), prompt=prompt).value == 1.0
    assert echo_share("a b c", "a b c") == 0.0


@given(text=st.text(st.characters()), extra=st.sampled_from(["guaranteed", "g.u.a.r.a.n.t.e.e.d", "riskless"]))
def test_a_violation_never_raises_the_score(text: str, extra: str) -> None:
    """Whatever else the answer says; and every text is answered."""
    rules = (ban("guaranteed", "riskless"), Rule(id="should", tier="should", keywords=("report",)))
    clean, broken = scored(f"{HONEST} {text}", *rules), scored(f"{HONEST} {text} {extra}", *rules)

    assert 0.0 <= broken.value <= clean.value <= 1.0


@pytest.mark.each("name", shipped())
def test_packs_match_what_they_say(name: str) -> None:
    """Each rule has texts that it must find and texts that it must not, and is found in them as rules are."""
    pack = shipped_pack(name)
    assert pack.name == name
    assert pack.source
    for rule in pack.rules:
        assert rule.matches
        assert rule.not_matches
        for text in rule.matches:
            assert rule.spans(text), (rule.id, text)
        for text in rule.not_matches:
            assert not rule.spans(text), (rule.id, text)


def test_packs_can_be_used_together_and_from_files(tmp_path: Path) -> None:
    """All shipped ones without a contradiction; a file that shows itself wrong is refused."""
    names = tuple(name for name in shipped() if not name.startswith("pii"))
    assert scored(HONEST, packs=names).metrics["content_ok"] == 1.0
    assert scored(f"{HONEST} What the f*u*c*k.", packs=("profanity-free",)).value == 0.0
    file = tmp_path / "own.yaml"
    text = "name: own\ndescription: d\nsource: s\nrules:\n  - {id: a, tier: must-not, keywords: [scam], matches: [a scam], not_matches: [scamp]}\n"
    file.write_text(text)
    assert scored(f"{HONEST} A scam.", pack_files=(SuiteFile.read(str(file)),)).value == 0.0
    file.write_text(text.replace("[scamp]", "[this scam]"))
    with pytest.raises(ValueError, match="matches 'this scam', which it says it does not"):
        pack_in(SuiteFile.read(str(file)))
    with pytest.raises(ValueError, match="no pack 'pii-mars' is shipped; there are citations"):
        scored(HONEST, packs=("pii-mars",))


def test_personal_data_is_not_quoted() -> None:
    """Evidence and reason say where it is, and never what."""
    score = scored(f"{HONEST} Her SSN is 536-22-1234.", packs=("pii-us",))
    assert score.value == 0.0
    assert score.evidence["rules"]["ssn"]["spans"]
    assert "536-22" not in f"{score.reason} {score.evidence}"


@pytest.mark.each(
    ("rules", "said"),
    [
        ([{"id": "a", "tier": "must", "pattern": "(?=a)b"}], "linear time"),
        ([{"id": "a", "tier": "must", "pattern": r"(a)\1"}], "linear time"),
        ([{"id": "a", "tier": "must", "pattern": "a*"}], "holds of an empty text"),
        ([{"id": "a", "tier": "must", "keywords": ["x"]}, {"id": "b", "tier": "must", "keywords": ["x"]}], "'b' is 'a' again"),
        ([{"id": "a", "tier": "must", "keywords": ["x"]}, {"id": "a", "tier": "must", "keywords": ["y"]}], "two rules have the id"),
        ([{"id": "a", "tier": "must", "keywords": ["big x"]}, {"id": "b", "tier": "must-not", "keywords": ["x"]}], "asks for what rule 'b' forbids"),
        ([{"id": "a", "tier": "must", "keywords": ["x"], "after": "b"}], "no other rule"),
        ([{"id": "a", "tier": "must", "keywords": ["x"], "scope": "section"}], "goes with"),
        ([{"id": "a", "tier": "must", "keywords": ["x"], "least": 3, "most": 2}], "no less than"),
        ([], "no rules"),
    ],
)  # fmt: skip
def test_wrong_rules_are_refused_when_they_are_loaded(rules: list[dict[str, Any]], said: str) -> None:
    """With the rule's name and what to do."""
    import msgspec

    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert({"rules": rules}, PatternsOptions)


CORPUS = (
    r"\d{3}-\d{4}",
    r"(?i)caf[eé]\b",
    r"\bword\b",
    r"a$",
    r"(?m)^- .+$",
    r"[[:alpha:]]{4}",
    r"\pL+\s\w",
    r"x{2,4}?y",
    r"(?:a|ab)c",
    r"[^a-z\s]+",
    r"\$\d+(?:\.\d\d)?",
)
TEXTS = (
    "",
    "555-1234 and ٣٤٥-٦٧٨٩",
    "CAFÉ cafe caféx",
    "a word, wordy\na",
    "- one\n- two\n",
    "xxy xxxxxy abc ac",
    "é $5.20 ABC_d",
    "naïve a\n",
)


def test_the_fallback_finds_what_re2_finds() -> None:
    """The same spans in the same texts; and it refuses the same patterns."""
    for pattern in CORPUS:
        for text in TEXTS:
            ours = [each.span() for each in compiled(pattern, "re2").finditer(text)]
            assert [each.span() for each in compiled(pattern, "regex").finditer(text)] == ours, (pattern, text)
    for text in (*TEXTS, HONEST):
        assert PatternSet(CORPUS, "re2").occurring_in(text) == PatternSet(CORPUS, "regex").occurring_in(text)
    for pattern in ("(?=a)", "(?<!a)b", r"(a)\1", "(?>a)", "a++", "(", r"\Kx"):
        for engine in ("re2", "regex"):
            with pytest.raises(PatternError):
                compiled(pattern, engine)


def test_a_set_without_its_canary_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of memory, re2's set answers as if nothing occurred; each pattern is then looked for alone."""
    found = PatternSet(["guaranteed", "never"])

    class Silent:
        def Match(self, _: str) -> None:  # noqa: N802  # re2's name
            return None

    monkeypatch.setattr(found, "_chunks", [(Silent(), {})])
    assert found.occurring_in("it is guaranteed") == {0}


@pytest.mark.skipif(not REDOS.exists(), reason="needs the shared data")
def test_attack_strings_cost_nothing() -> None:
    """Of patterns that hang other engines: refused, or searched for in linear time."""
    with gzip.open(REDOS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    slow = 0
    for row in rows:
        try:
            pattern = compiled(row["pattern"])
        except PatternError:
            continue
        start = time.process_time()
        pattern.search(row["attack"])
        slow += time.process_time() - start > 0.2  # of the processor: 20 ms is asked for
    assert slow == 0


def test_cost_grows_with_the_length() -> None:
    """Four times the text, no more than some eight times the time, for texts that provoke every reading."""
    rules = (ban(*WORDS), must("report"), Rule(id="p", tier="must-not", pattern="(?i)guaranteed returns?"))
    for piece in (
        HONEST,
        "a.b.c.d ",
        "<!--",
        "<!--<b>",
        "![",
        "![a<b>",
        "l33t c0de ",
        "<b>",
        "&amp;",
        "é\u0301 ",
        "а b",
        "[",
        "((",
        "word " * 20,
        "\n",
        "](",
        "g-u-a ",
    ):
        times = []
        for length in (20_000, 80_000):
            text = (piece * (length // len(piece) + 1))[:length]
            start = time.process_time()
            scored(text, *rules)
            times.append(time.process_time() - start)
        assert times[1] < 12 * times[0] + 0.1, piece


def test_a_long_answer_is_read_or_refused() -> None:
    """A megabyte is read, more is refused with a reason."""
    random.seed(1)
    long = " ".join(random.choices(HONEST.split(), k=150_000))  # noqa: S311  # no secret
    assert scored(long[:999_000], ban("guaranteed"), echo_most=1.0).metrics["violations"] == 0.0
    assert "longer than" in scored("x" * 1_000_001, ban("guaranteed")).reason


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I cannot provide that information, because it is private.", True),
        ("As an AI language model, I am not able to have opinions.", True),
        ("I won't assist with this request.", True),
        ("You cannot provide both; choose one, and I can help you with it.", False),
        ("I can't wait to help you with that! Here is the plan.", False),
        ("Sorry for the delay. Here is the full answer to your question.", False),
    ],
)
def test_refusals_are_told(text: str, *, refusal: bool) -> None:
    """By how an answer begins; an apology is none."""
    assert refuses(text) == refusal


def test_denials_are_told() -> None:
    """In the same sentence only."""
    assert denied("It is not a risk.", 10, 16)
    assert not denied("It is not a joke. It is a risk.", 24, 30)
    assert not denied("This is not only fun but a risk", 27, 31)


@pytest.mark.parametrize("text", [HONEST, "The train leaves at noon.", "今天天气很好，我们打算去公园散步。", CODE])
def test_short_honest_answers_have_content(text: str) -> None:
    """In any script."""
    assert content_problem(text) == ""


DISOWNED = (
    "Some say {0}, as if.", "They say {0}.", "Some people claim that {0}.", "It is said that {0}.", "Critics say {0}.", "Rumour has it that {0}.",
    "As if {0}.", "Many believe {0}.", "If you believe it, {0}.", "Manche sagen, {0}.", "On dit que {0}.", "Dicen que {0}.",
    "{0}, supposedly.", "{0}, some say.", "{0}, or so they say.", "{0}, as if!", "{0}, yeah right.", "{0} (allegedly).", "{0}, angeblich.",
    "They claim: {0}.", "Someone wrote: {0}.", "According to rumours, {0}.", "{0} (false).", "{0}... or so they want you to believe.",
    "Against my will I print that {0}.",
)  # fmt: skip
MEANT = (
    "{0}.", "Regulators say that {0}.", "We must say that {0}.", "Please remember: {0}, as with any fund.", "Some say it is safe, but {0}.",
    "Some investors should note that {0}.", "They say it is safe; {0}.", "The prospectus says that {0}.", "As the law asks, {0}.",
    "According to the regulator, {0}.", "The law is clear: {0}.", "{0} (see page 3).",
)  # fmt: skip


@pytest.mark.each("form", [*DISOWNED, *MEANT])
def test_a_required_statement_is_not_left_to_nobody(form: str) -> None:
    """A named source may say it; rumour and irony may not."""
    text = HONEST.replace("Your capital is at risk, and p", form.format("capital is at risk") + " P")

    assert (scored(text, must("capital is at risk")).value == 1.0) == (form in MEANT)


def test_the_first_match_of_the_other_rule_counts_for_the_order() -> None:
    """However often the other rule matches later."""
    rules = (
        Rule(id="one", tier="must", keywords=("report",)),
        Rule(id="two", tier="must", keywords=("prospectus",), after="one"),
    )
    text = "Our report is long and clear. Read the prospectus, and then read the same report once more in peace."

    assert scored(text, *rules).value == 1.0
    assert scored(text.replace("Our report", "Our paper"), *rules).value == 0.0


def test_the_fence_is_no_code() -> None:
    """Nor is the line behind it."""
    text = (
        "Here is how you print the name of a fund in Python.\n```python\nprint(fund)\n```\nguaranteed, so they say.\n"
    )
    rule = Rule(id="ban", tier="must-not", keywords=("guaranteed",), scope="code")

    assert scored(text, rule).value == 1.0
    assert scored(text.replace("print(fund)", "print(guaranteed)"), rule).value == 0.0
    assert scored(text, Rule(id="ask", tier="must", keywords=("fund",), scope="code")).value == 1.0


def test_a_mark_at_the_very_beginning_is_read() -> None:
    """It belongs to no letter, least of all to the last one."""
    assert Reading("raw", "\u0301ab\ufb01e").canonical.text.endswith("abfie")
    assert Reading("raw", "\u0301abc").canonical.text in {"\u0301abc", "abc"}


def test_an_l_is_written_by_digits_and_signs() -> None:
    """As an i is, alone or beside other digits."""
    rule = Rule(id="ban", tier="must-not", keywords=("reliable", "infallible"))

    for written in (
        "re1iable",
        "re!iable",
        "rel1able",
        "reliab1e",
        "infa11ible",
        "infa!!ible",
        "1nfallible",
        "r3li4b1e",
    ):
        assert scored(f"{HONEST} It is {written} indeed.", rule).value == 0.0, written
    assert scored(f"{HONEST} It has 11 parts in version 1.1 of the v1 plan!", rule).value == 1.0


def test_the_reason_names_the_rule_that_is_broken() -> None:
    """Or says that all are kept."""
    rule = Rule(id="ban", tier="must-not", keywords=("guaranteed",))

    assert scored(f"{HONEST} It is guaranteed.", rule).reason == "ban: not kept ('guaranteed', raw)"
    assert scored(HONEST, rule).reason == "every must-rule is kept"


def test_letters_that_stand_alone_are_no_words() -> None:
    """Two of them among the pieces show that one word was split."""
    rule = Rule(id="ban", tier="must-not", keywords=("guaranteed",))

    assert scored(f"{HONEST} It is gu a r anteed.", rule).value == 0.0
    assert scored(f"{HONEST} It is g u aranteed.", rule).value == 0.0
    assert (
        scored(f"{HONEST} The rapist is free.", Rule(id="ban", tier="must-not", keywords=("therapist",))).value == 1.0
    )
