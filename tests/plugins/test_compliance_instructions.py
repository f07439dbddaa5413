"""compliance.instructions: every type of IFEval, IFEvalG and IFBench, as published and hardened."""
# ruff: noqa: E501  # cases stand in a line each

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Record, Verdict
from rlvr.record import Message
from rlvr_compliance.checks import fixed_tasks, ifbench, ifeval, ifevalg
from rlvr_compliance.checks.hardened import EXTRA, says_nothing
from rlvr_compliance.checks.languages import is_language
from rlvr_compliance.instructions import CHECKS, InstructionsOptions, instructions, verdicts
from rlvr_compliance.text.vocabulary import syllables

CASES = Path(__file__).parent / "cases" / "compliance_instructions.jsonl"
DATA = Path(__file__).parents[3] / "shared" / "data" / "instructions_dev.jsonl.gz"
GOLDEN = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.each("case", GOLDEN, ids=lambda case: f"{case['id']}-{case['followed']}")
def test_types_judge_as_their_descriptions_say(case: dict[str, Any]) -> None:
    """By the published semantics."""
    assert verdicts(case["text"], [case["id"]], [case["kwargs"]]) == [case["followed"]]


def test_every_type_is_read_and_has_cases() -> None:
    """25 of IFEval, 29 of IFEvalG, 58 of IFBench; those that the data does not label have cases of both kinds here."""
    assert (len(ifeval.CHECKS), len(ifevalg.CHECKS), len(ifbench.CHECKS) + len(fixed_tasks.CHECKS)) == (25, 29, 58)
    assert len(CHECKS) == 112
    for name in (*ifevalg.CHECKS, *ifbench.CHECKS, *fixed_tasks.CHECKS):
        assert {case["followed"] for case in GOLDEN if case["id"] == name} == {True, False}, name
    assert EXTRA.keys() <= CHECKS.keys()


def hardened(text: str, name: str, **given: Any) -> bool:
    """Judge by the hardened semantics."""
    return verdicts(text, [name], [given], hardened=True)[0]


PROSE = "The old bridge was closed for repairs in spring, so people took the ferry."


@pytest.mark.each(
    ("name", "given", "hack", "honest"),
    [
        ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[] []", "[name] [date]"),
        ("detectable_content:postscript", {"postscript_marker": "P.S."}, f"{PROSE} P.S.", f"{PROSE} P.S. Take a coat along."),
        ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 2}, "Section 1 Section 2", f"Section 1 {PROSE} Section 2 {PROSE}"),
        ("detectable_format:title", {}, "<<x>>", "<<The old bridge>>"),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* .\n* .", "* one\n* two"),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* *a*", "*a bridge* *a ferry*"),
        ("detectable_format:constrained_response", {}, "My answer is yes. My answer is no.", "My answer is yes."),
        ("detectable_format:constrained_response", {}, "My answer is yes. No, my answer is maybe.", "My answer is no."),
        ("detectable_format:constrained_response", {}, "My answer is yes. Or the answer is no", "My answer is maybe."),
        ("detectable_format:json_format", {}, "3", '{"a": 1}'),
        ("combination:two_responses", {}, f"{PROSE} a******{PROSE} b", f"{PROSE}******Nobody could cross the river by car until May."),
        ("punctuation:no_comma", {}, "one\uff0c two", "one two"),
        ("keywords:existence", {"keywords": ["ant"]}, "I want it", "an ant"),
        ("keywords:forbidden_words", {"forbidden_words": ["bridge"]}, "the br\u200bidge", "the ferry"),
        ("combination:repeat_prompt", {"prompt_to_repeat": "Name a river."}, "Name a river.", "Name a river. The Rhine is a river."),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a***b", f"{PROSE}***{PROSE}"),
    ],
)  # fmt: skip
def test_hardened_types_ask_for_content(name: str, given: dict[str, Any], hack: str, honest: str) -> None:
    """What only keeps the letter passes the published check and not the hardened one; what is meant passes both."""
    assert verdicts(hack, [name], [given]) == [True]
    assert not hardened(hack, name, **given)
    assert hardened(honest, name, **given)


PROMPT = "Write about the bridge over the river Vltava in Prague, its statues and its history. Do not use commas."


@pytest.mark.parametrize(
    ("text", "paid"),
    [
        ("The Charles Bridge over the Vltava was begun in 1357 and its statues were added much later.", True),
        ("Stone by stone it rose; now painters sell views of Prague on it all day long in summer.", True),
        ("A good morning to all of you and thank you for the very kind words that you have said.", False),
        ("ok", False),
        ("... !!! ???", False),
        ("word " * 60, False),
        ("bridge statues history Prague Vltava river " * 20, False),
        (f"{PROSE} " * 80, False),
        ("", False),
    ],
)
def test_a_response_must_speak_of_what_was_asked(text: str, *, paid: bool) -> None:
    """Whatever form it keeps."""
    fields = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
    record = Record(completion=text.replace(",", ""), messages=(Message(role="user", content=PROMPT),), metadata=fields)

    assert (instructions(record).value == 1.0) == paid


def test_answers_that_are_no_prose_are_not_held_to_it() -> None:
    """A copy, a list, one word of several, another language."""
    for name in ("copy:copy", "format:options", "custom:csv_city", "words:alphabet"):
        assert says_nothing("yes", PROMPT, [name], [None]) == ""
    assert says_nothing(PROSE, PROMPT, ["language:response_language"], [None]) == ""


@pytest.mark.skipif(not DATA.exists(), reason="needs the shared data")
def test_real_responses_keep_their_verdicts() -> None:
    """Of a model's responses that follow all as published four in five still do (most others are echoes, or stutter).

    Of filler that is made from the instructions alone, one in eight does.
    """
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("response")]

    def pays(row: dict[str, Any]) -> bool:
        fields = {"instruction_id_list": row["instruction_ids"], "kwargs": row["kwargs"], "prompt": row["prompt"]}
        value: float | None = instructions(Record(completion=row["response"], metadata=fields)).value
        return value == 1.0

    followed = [row for row in rows if all(verdicts(row["response"], row["instruction_ids"], row["kwargs"]))]
    real = [row for row in followed if row.get("labels") is None]
    filler = [row for row in followed if "the morning train" in row["response"].lower()]
    assert sum(map(pays, real)) / len(real) >= 0.81
    assert sum(map(pays, filler)) / len(filler) <= 0.13


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "no list of instruction ids"),
        (
            {"instruction_id_list": ["punctuation:no_comas"], "kwargs": [{}]},
            "unknown instructions: punctuation:no_comas",
        ),
        ({"instruction_id_list": ["punctuation:no_comma"], "kwargs": []}, "arguments for each"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{}]}, "do not fit"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": ["x"]}, "no mapping"),
    ],
)
def test_wrong_rows_are_the_tasks_fault(fields: dict[str, Any], said: str) -> None:
    """With a reason."""
    score = instructions(Record(completion=PROSE, metadata=fields))

    assert score.verdict is Verdict.INVALID_TASK
    assert said in score.reason


def test_the_share_may_be_paid() -> None:
    """Instead of all or nothing."""
    fields = {"instruction_id_list": ["punctuation:no_comma", "punctuation:punctuation_dot"], "kwargs": [{}, {}]}
    record = Record(
        completion="The old bridge was closed for repairs in spring. People took the ferry.", metadata=fields
    )

    assert instructions(record, InstructionsOptions(partial=True)).value == 0.5
    assert instructions(record).value == 0.0


@given(text=st.text(st.characters()) | st.text(alphabet="aB .,!?*-#<>[]\"'\n()1é", max_size=80))
def test_any_text_is_answered_by_every_type(text: str) -> None:
    """With a verdict, whatever the response."""
    for case in GOLDEN:
        for kind in (False, True):
            assert verdicts(text, [case["id"]], [case["kwargs"]], hardened=kind)[0] in {True, False}


HARDENED: dict[str, dict[str, Any]] = {
    "detectable_content:number_placeholders": {"num_placeholders": 1},
    "detectable_content:postscript": {"postscript_marker": "P.S."},
    "detectable_format:multiple_sections": {"section_spliter": "Section", "num_sections": 1},
    "detectable_format:number_bullet_lists": {"num_bullets": 1},
    "detectable_format:number_highlighted_sections": {"num_highlights": 1},
    "detectable_format:title": {},
    "detectable_format:json_format": {},
    "keywords:existence": {"keywords": ["ant"]},
    "keywords:forbidden_words": {"forbidden_words": ["bridge"]},
    "combination:repeat_prompt": {"prompt_to_repeat": "x"},
    "combination:two_responses": {},
    "length_constraints:number_paragraphs": {"num_paragraphs": 1},
}
SHAPES = (
    "\n", " ", "[", "*", "*a", "<<", "<<a", "* \n", "My Conclusion:", "**", '"', "# ", "- ", "Question ", "a b ", "Section 1 ", "******",
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_no_type_needs_the_square_of_a_responses_length(shape: str) -> None:
    """White space over many lines, brackets that never close, marks without end: published and hardened."""
    text = shape * (60_000 // len(shape))
    given = {case["id"]: case["kwargs"] for case in GOLDEN} | HARDENED
    for name in given:
        for opening in ("x ", "**a**\n", "My Answer:"):
            start = time.process_time()
            verdicts(f"{opening}{text}x", [name], [given[name]])
            if name in EXTRA:
                EXTRA[name](f"{opening}{text}x", given[name])
            assert time.process_time() - start < 2.0, name  # the square of it takes ten seconds and more


def test_syllables_of_common_words() -> None:
    """Nearly always right."""
    counts = {
        "cat": 1,
        "table": 2,
        "beautiful": 3,
        "make": 1,
        "walked": 1,
        "wanted": 2,
        "information": 4,
        "idea": 3,
        "the": 1,
        "boxes": 2,
    }
    assert sum(syllables(word) == count for word, count in counts.items()) >= 8


# A sentence or two of each language; of those that share a script, in words that tell them apart.
LANGUAGES = {
    "hi": "मुझे चाय पीना पसंद है।|वह बाजार जा रही थी और उसने फल खरीदे।|समुद्र आज शांत है और ज्वार दिन में दो बार आता है।|चाय पसंद",
    "mr": "मी आज बाजारात गेलो होतो आणि फळे घेतली.|हे एक सुंदर शहर आहे.",
    "ne": "म आज बजार गएको थिएँ र फलफूल किनें।|यो एउटा राम्रो सहर हो।",
    "ar": "ذهبت إلى السوق في الصباح واشتريت التفاح من البائع.",
    "fa": "من امروز به بازار رفتم و سیب خریدم که خوشمزه است.",
    "ur": "میں آج بازار گیا اور سیب خریدے",
    "ru": "Я сегодня ходил на рынок и купил яблоки.",
    "bg": "Днес ходих на пазара и купих ябълки за децата.",
    "uk": "Сьогодні я ходив на ринок та купив її яблука.",
    "bn": "আমি আজ বাজারে গিয়েছিলাম।",
    "pa": "ਮੈਂ ਅੱਜ ਬਾਜ਼ਾਰ ਗਿਆ ਸੀ।",
    "ta": "நான் இன்று சந்தைக்கு சென்றேன்.",
    "th": "วันนี้ฉันไปตลาดและซื้อแอปเปิล",
    "he": "הלכתי היום לשוק וקניתי תפוחים.",
    "fi": "Menin tänään torille ja ostin omenoita, koska ne olivat hyviä.",
    "sw": "Leo nilikwenda sokoni na kununua matunda kwa ajili ya watoto.",
    "en": "Today I went to the market and bought apples.",
}


@pytest.mark.each("language", LANGUAGES)
def test_a_sentence_is_in_one_language(language: str) -> None:
    """And in no other of these."""
    for sentence in LANGUAGES[language].split("|"):
        assert [each for each in LANGUAGES if is_language(sentence, each)] == [language], sentence


CHINESE = "\u8fd9\u662f\u4e00\u4e2a\u5173\u4e8e\u871c\u8702\u7684\u6545\u4e8b\uff0c\u5b83\u4eec\u4f4f\u5728\u82b1\u56ed\u91cc\u3002"
JAPANESE = (
    "\u3053\u308c\u306f\u5ead\u306b\u4f4f\u3080\u871c\u8702\u306b\u3064\u3044\u3066\u306e\u7269\u8a9e\u3067\u3059\u3002"
)


@pytest.mark.parametrize(
    ("text", "language", "follows"),
    [(CHINESE, "zh", True), (JAPANESE, "zh", False), (JAPANESE, "ja", True), (CHINESE, "ja", False)],
)
def test_chinese_and_japanese_are_told_apart(text: str, language: str, follows: bool) -> None:  # noqa: FBT001
    """They share most of their characters."""
    assert verdicts(text, ["language:response_language"], [{"language": language}]) == [follows]


@pytest.mark.parametrize(("word", "follows"), [("hello", True), ("hell", False), ("hello,", False)])
def test_the_first_word_of_a_paragraph_ends_at_a_mark(word: str, follows: bool) -> None:  # noqa: FBT001
    """And is whole."""
    given = {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": word}

    assert verdicts("Hello, you.\n\nSecond.", ["length_constraints:nth_paragraph_first_word"], [given]) == [follows]
