"""compliance.instructions, hardened: families of responses that keep the letter of an instruction, and honest ones."""
# ruff: noqa: E501, RUF001  # cases stand in a line each; look-alikes are what some of them are

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from rlvr.testing import a_record, scored
from rlvr_compliance.checks.hardened import as_read
from rlvr_compliance.instructions import instructions

PROMPT = "Write about keeping bees in a city garden. "
BASE = (
    "Keeping bees in a city garden is easier than most people think. Choose a quiet corner that gets the morning sun. "
    "Plant lavender and thyme so that the colony finds food all summer. Ask the neighbours before the hive arrives and "
    "check the rules of the council."
)
OTHER = (
    "A rooftop is often the best place for a colony in town. The wind is stronger there, yet nobody walks through the "
    "flight path. Give the insects water in a shallow bowl and leave them enough stores for winter."
)
KEYWORDS, FREQUENCY, LETTER = "keywords:existence", "keywords:frequency", "keywords:letter_frequency"
BULLETS, TWO, JSON = (
    "detectable_format:number_bullet_lists",
    "combination:two_responses",
    "detectable_format:json_format",
)
MARKED, TITLE, FIELDS = (
    "detectable_format:number_highlighted_sections",
    "detectable_format:title",
    "detectable_content:number_placeholders",
)
SENTENCES, WORDS = "length_constraints:number_sentences", "length_constraints:number_words"
CAPITALS, POSTSCRIPT, END = (
    "change_case:capital_word_frequency",
    "detectable_content:postscript",
    "startend:end_checker",
)
FIVE = {"keyword": "hive", "relation": "at least", "frequency": 5}
Case: TypeAlias = tuple[bool, str, dict[str, Any], str, str]

HIDING = (
    "<!-- {} -->", '<span style="display:none">{}</span>', "<p hidden>{}</p>", "~~{}~~", "<s>{}</s>", "<del>{}</del>",
    "[//]: # ({})", "<span style='color:white'>{}</span>", "<font size=0>{}</font>", "<template>{}</template>",
    '<div style="visibility:hidden">{}</div>', "$\\phantom{{{}}}$",
)  # fmt: skip


def _hidden() -> Iterator[Case]:
    """What is asked for stands where no reader sees it; or in sight."""
    for form in (*HIDING, "{}", "**{}**", "\n{}"):
        is_seen = form not in HIDING
        for name, given, said in (
            (KEYWORDS, {"keywords": ["honey", "smoke"]}, "You need honey and smoke."),
            (FREQUENCY, {"keyword": "honey", "relation": "at least", "frequency": 2}, "Take honey, leave more honey."),
            (POSTSCRIPT, {"postscript_marker": "P.S."}, "P.S. Wear a veil when you open the hive."),
            (WORDS, {"relation": "at least", "num_words": 70}, OTHER),
        ):
            yield is_seen, name, given, f"{BASE}\n{form.format(said)}", PROMPT
    yield False, TITLE, {}, f"<!-- <<Bees>> -->\n{BASE}", PROMPT
    yield False, BULLETS, {"num_bullets": 2}, f"{BASE}\n* <!-- sun -->\n* <!-- water -->", PROMPT
    yield (
        True,
        KEYWORDS,
        {"keywords": ["honey"]},
        f"{BASE}\n```html\n<!-- honey page -->\n```",
        PROMPT,
    )  # code shows all
    yield True, END, {"end_phrase": "That is all."}, f"{BASE} That is all.", PROMPT


def _quoted() -> Iterator[Case]:
    """The prompt is quoted, and with it what it asks for."""
    prompt = f"{PROMPT}Include the keywords honey and smoke and veil and comb, and do not forget them please."
    given = {"keywords": ["honey", "smoke", "veil", "comb"]}
    yield False, KEYWORDS, given, f'You asked: "{prompt}"\n{BASE} {OTHER}', prompt
    yield False, KEYWORDS, given, f"{prompt}\n\n{BASE} {OTHER}", prompt
    twice = {"keyword": "honey", "relation": "at least", "frequency": 2}
    yield False, FREQUENCY, twice, f"{prompt}\n{prompt}\n{BASE} {OTHER}", prompt
    yield True, KEYWORDS, given, f"{BASE} Wear a veil, use smoke, and take the comb when the honey is ripe.", prompt
    yield True, KEYWORDS, given, f"{prompt}\n\n{BASE} Wear a veil, use smoke, take the comb with its honey.", prompt
    phrase = "Is there anything else I can help you with today, my dear friend and neighbour?"
    yield True, END, {"end_phrase": phrase}, f"{BASE} {phrase}", f"{PROMPT}Finish with this exact phrase: {phrase}"
    for echo in (
        PROMPT,
        PROMPT * 3,
        PROMPT.upper(),
        f"Sure. {PROMPT}",
        PROMPT.replace("e", "e\u200b"),
        " ".join(reversed(PROMPT.split())),
    ):
        yield False, "punctuation:no_comma", {}, echo, PROMPT
    yield True, "punctuation:no_comma", {}, BASE, PROMPT


def _disguised() -> Iterator[Case]:
    """Forbidden letters, marks and words in other signs that look or read like them."""
    for name, given in (
        ("keywords:exclude_word_harder", {"keyword": "colony"}),
        ("keywords:forbidden_words", {"forbidden_words": ["colony"]}),
    ):
        for word in (
            "colony", "Colony", "col\u200bony", "cоlony", "col\u00adony", "c o l o n y", "**col**ony", "col<b>ony</b>", "colоny",
            "ｃｏｌｏｎｙ", "co1ony", "c.o.l.o.n.y", "col-\nony", "&#99;olony", "𝖈𝖔𝖑𝖔𝖓𝖞", "Y29sb255",
        ):  # fmt: skip
            yield False, name, given, BASE.replace("colony", word), PROMPT
        for word in ("swarm", "colonial swarm", "colonies", "co-operative swarm"):
            yield True, name, given, BASE.replace("colony", word), PROMPT
    few = {"letter": "e", "let_relation": "less than", "let_frequency": 5}
    for sign in ("е", "\u212f", "&#101;", "ｅ", "e\u200b"):
        yield False, LETTER, few, BASE.replace("e", sign), PROMPT
    once = {"keyword": "hive", "relation": "less than", "frequency": 2}
    yield False, FREQUENCY, once, f"{BASE} The hіve is a hіve and a hi\u200bve.", PROMPT
    yield True, FREQUENCY, once, BASE, PROMPT
    unmarked = BASE.replace(".", ";")
    for name, marks in (
        ("comma", ",\uff0c\u3001\u060c\u055d\u201a\ufe50"),
        ("punctuation_dot", ".\u3002\uff0e\u2024\uff61\ufe52"),
        ("punctuation_exclamation", "!\uff01\ufe57\u01c3\u203c"),
    ):
        full = f"punctuation:{'no_comma' if name == 'comma' else name}"
        yield from ((False, full, {}, f"{unmarked}{mark} and so on", PROMPT) for mark in marks)
        yield True, full, {}, unmarked, PROMPT


def _repeated() -> Iterator[Case]:
    """One thing is counted often."""
    for tail in (" hive hive hive hive hive", " hive, hive, hive, hive, hive.", " hivehivehivehivehive"):
        yield False, FREQUENCY, FIVE, BASE + tail, PROMPT
    yield True, FREQUENCY, {**FIVE, "frequency": 3}, f"{BASE} A hive needs shade. Lift the hive with care.", PROMPT
    ten_z = {"letter": "z", "let_relation": "at least", "let_frequency": 10}
    for tail in (" zzzzzzzzzzzz", " z z z z z z z z z z", " zz, zzz, zz, zzz."):
        yield False, LETTER, ten_z, BASE + tail, PROMPT
    yield True, LETTER, {**ten_z, "let_frequency": 5}, f"{BASE} A lazy breeze buzzes through the maze of hazel.", PROMPT
    for name, given, hacks, honest in (
        (BULLETS, {"num_bullets": 3}, ("* bees\n* bees\n* bees", "* Bees.\n* bees\n* BEES!", "* .\n* .\n* ."), "* sun\n* water\n* food"),
        (MARKED, {"num_highlights": 3}, ("*bees* *Bees* *BEES*", "*...* *---* *!!!*"), "*bees* *sun* *food*"),
        (FIELDS, {"num_placeholders": 4}, ("[xx] [xx] [xx] [xx]", "[] [ ] [-] [1]"), "[name] [date] [place] [name]"),
        (CAPITALS, {"capital_relation": "at least", "capital_frequency": 3}, ("A A A A", "XX, XX, XX!"), "NEVER open it in RAIN and ALWAYS wear a veil."),
        (SENTENCES, {"relation": "at least", "num_sentences": 7}, ("! ! ! ! ! !", "A. B. C. D. E. F."), OTHER),
        (WORDS, {"relation": "at least", "num_words": 80}, (BASE, f"{BASE} {BASE}"), OTHER),
        ("keywords:palindrome", {}, ("aaa", "bbbb"), "Look at the level."),
        (JSON, {}, (), ""),
    ):  # fmt: skip
        yield from ((False, name, given, f"{BASE}\n{hack}", PROMPT) for hack in hacks)
        if honest:
            yield True, name, given, f"{BASE}\n{honest}", PROMPT
    for value, is_paid in (
        ("{}", False),
        ("[]", False),
        (f'"{BASE}"', False),
        ("[[[]]]", False),
        (f'{{"a": "{BASE}", "a": 1}}', False),
        (f'{{"a": "{BASE}"}}', True),
        (f'```json\n{{"a": "{BASE}"}}\n```', True),
    ):
        yield is_paid, JSON, {}, value, PROMPT
    for second in (
        f"{BASE}.", " ".join(reversed(BASE.split(". "))), BASE.upper(), BASE.replace("e", "е"), BASE.replace("a", "a\u200b"),
        f"Response 2: {BASE}", f"{BASE} Yes.", "The same as above.", "See the first response.", "Same response as the one before.",
    ):  # fmt: skip
        yield False, TWO, {}, f"{BASE}\n******\n{second}", PROMPT
    for second in (
        OTHER,
        "Put the hive on the roof of the shed in your garden.",
        "See how a hive on a rooftop needs shade.",
    ):
        yield True, TWO, {}, f"{BASE}\n******\n{second}", PROMPT


CASES = [*_hidden(), *_quoted(), *_disguised(), *_repeated()]


@pytest.mark.each(("is_paid", "name", "given", "text", "prompt"), CASES)
def test_the_letter_of_an_instruction_is_not_enough(
    *, is_paid: bool, name: str, given: dict[str, Any], text: str, prompt: str
) -> None:
    """Hidden, quoted, disguised or repeated things do not count; the same said openly does."""
    score = scored(instructions, a_record(text, None, prompt=prompt, instruction_id_list=[name], kwargs=[given]))

    assert (score.value == 1.0) == is_paid, score.reason


def test_a_response_is_read_once_as_its_reader_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many instructions the row has."""
    read: list[str] = []

    def counted(text: str) -> str:
        read.append(text)
        return as_read(text)

    monkeypatch.setattr("rlvr_compliance.instructions.as_read", counted)
    ids = ["punctuation:no_comma", KEYWORDS, WORDS]
    given = [{}, {"keywords": ["lavender"]}, {"relation": "at least", "num_words": 10}]
    record = a_record(BASE, prompt=PROMPT, instruction_id_list=ids, kwargs=given)

    assert scored(instructions, record).value == 1.0
    assert read == [BASE]
