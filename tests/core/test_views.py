"""The views of a completion."""

import random
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.record.marks import END_TOKENS, REASONING_TAGS
from rlvr.record.views import CODE_BLOCKS_LIMIT, code_blocks_in, fence_of, final_in, json_in, reasoning_in, visible_in
from rlvr.testing import a_record

MARK_PIECES = (
    *("<think>", "</think>", "[THINK]", "[/think]", "<|channel|>analysis<|message|>", "<|end|>", "`"),
    *("<|start|>assistant<|channel|>final<|message|>", "<|begin_of_solution|>", "<|end_of_solution|>", "<|im_end|>"),
    *("a", "42", " ", "\n", "\u200b", "<", "[", "'", "```\n"),
)


@pytest.mark.each(
    ("completion", "final", "visible"),
    [
        ("42", "42", "42"),
        ("<think>41?</think> 42", "42", "42"),
        ("41? hm</think>42", "42", "41? hm</think>42"),  # the chat template opened the block in the prompt
        ("42</think>", "", "42</think>"),
        ("41? hm</think> 42", "42", "41? hm</think> 42"),
        ("41? hm</think><think>42", "", "41? hm</think><think>42"),
        ("41</think> 42", "42", "41</think> 42"),
        ("41\n<think>a</think>\n41</think>\n<think>b</think> 42", "42", None),
        ("41 `</think>`n. 42", "`n. 42", None),
        ("4.n`</think>` 42", "` 42", None),
        ("41\n```</think>` 42", "` 42", None),
        ("41 `</think>``` 42", "``` 42", None),
        ("<think>41", "", "<think>41"),
        ("\u200b<think>41", "", "\u200b<think>41"),
        ("42 <think>or not", "42 <think>or not", "42 <think>or not"),
        ("<think>a</think>42<think>b</think>", "42", "42<think>b</think>"),
        ("<think>a</think>42\n<think>b</think>\nm", "42\n\n\nm", "42\n<think>b</think>\nm"),
        ("<think>a</think><think>b</think>42", "42", "42"),
        ("<think><think>a</think>41</think>42", "42", "41</think>42"),
        ("</think> </think>\n42", "42", "42"),
        ("4<think>a</think>2", "4<think>a</think>2", "4<think>a</think>2"),
        ("4 <think>a</think> 2", "4 \n 2", "4 <think>a</think> 2"),
        ("4 <think>a</think>2", "4 <think>a</think>2", "4 <think>a</think>2"),
        ("4<think>a</think> 2", "4<think>a</think> 2", "4<think>a</think> 2"),
        ("</b><think>a</think><b>2", "</b>\n<b>2", "</b><think>a</think><b>2"),
        ("a < b and <b>bold</b>", "a < b and <b>bold</b>", "a < b and <b>bold</b>"),
        ("<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>42<|end_of_solution|>", "42", None),
        ("<|begin_of_thought|>a <|begin_of_solution|>42", "42", "42"),  # the thought ends where the solution starts
        ("41 <|begin_of_solution|>42<|end_of_solution|> 43", "41 \n42\n 43", None),
        ("<|BEGIN_OF_SOLUTION|>42", "42", "42"),
        ("41\n<think>a<|begin_of_solution|>42", "41\n<think>a<|begin_of_solution|>42", None),
        ("41\n<think>a<|begin_of_solution|>\n42", "41\n\n\n42", None),
        ("It ends with `</think>`. 42", "It ends with `</think>`. 42", None),
        ("Say “</think>” or '<think>'. 42", "Say “</think>” or '<think>'. 42", None),
        ('<think>"no"</think>"Yes" is it', '"Yes" is it', '"Yes" is it'),  # quotes of the words beside the mark
        ("<think>no`</think>`Yes`", "`Yes`", "`Yes`"),
        ("<think>no`</think>`. 42", "`. 42", "`. 42"),
        ("<think>say `</think>`no`: 42", "`no`: 42", "`no`: 42"),
        ("<think>say 「</think>」 41</think>42", "42", "」 41</think>42"),
        ("<think>say 「</think>「42", "「42", "「42"),
        ("<think>a</think>`", "`", "`"),
        ('<think>"No."</think>"- 42', '"- 42', '"- 42'),
        ("<think>```\n41\n```</think>```\n42\n```", "```\n42\n```", "```\n42\n```"),
        ("<think>\n`</think>``42``", "``42``", "``42``"),
        ("<think>no `x`</think>`. 42", "`. 42", "`. 42"),
        ("<think>no x`</think>` 42", "` 42", "` 42"),
        ('re.split("</think>", x)[42]', 're.split("</think>", x)[42]', None),
        ("['<think>', '</think>', \"<think>\"] 42", "['<think>', '</think>', \"<think>\"] 42", None),
        ("It is (`</think>`) or:`</think>`, x='</think>'/`</think>` 42",) * 2 + (None,),
        ("<think>`</think>`", "", "`"),
        ("`</think>` 42", "`</think>` 42", None),
        ("<think>say `</think>` 41", "", "` 41"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>", "42", "42"),
        ("a<|end|><|start|>assistant<|channel|>final<|message|>42", "42", None),  # the prompt opened the analysis
        ("41<|end|>42", "41<|end|>42", None),  # the end of a turn, which hides nothing
        ("<think>a<|end|>b</think>42", "42", "b</think>42"),
        ("<|channel|>analysis<|message|>a<|END|>\n42", "42", "42"),
        ("<|im_start|>assistant\n42", "<|im_start|>assistant\n42", None),
    ],
)
def test_each_arrangement_of_marks_has_a_rule(completion: str, final: str, visible: str | None) -> None:
    """Checks that ask read ``final``, checks that forbid read ``visible``; None: nothing is hidden from the latter."""
    assert final_in(completion) == final
    if visible is not None:
        assert visible_in(completion) == visible
    else:
        shown = visible_in(completion)
        assert completion.endswith(shown)
        assert "42" in shown


def test_reasoning_is_the_text_that_final_leaves_out() -> None:
    """The marks are in neither view."""
    assert reasoning_in("<think>a</think> 42\n<think>b<think>c</think>\n d <think>e") == "a\nbc"
    assert reasoning_in("<think> a") == "a"
    assert reasoning_in("a</think>42") == "a"
    assert reasoning_in("a</think><|begin_of_solution|>42<|end_of_solution|>") == "a"
    assert reasoning_in("42") == ""


def test_a_suite_can_have_its_own_marks() -> None:
    """Other marks replace the known ones; marks of solutions are always known."""
    own = [("[[", "]]"), ("THINK:", "ANSWER:"), ("Ä", "ä"), ("|", "|"), (".^*[", "$+?(")]

    assert final_in("[[a]]42<think>b</think>", own) == "42<think>b</think>"
    assert final_in("think: a answer: 42<|end_of_solution|>", own) == "42"
    assert final_in("Äaä42", own) == "42"
    assert final_in("äaÄ42", own) == "aÄ42"  # only the case of ASCII letters does not matter
    assert final_in("| 42", own) == visible_in("| 42", own) == "42"
    assert final_in("|a|42", own) == "42"  # one mark for both closes, and ends what came before
    assert final_in(".^*[a$+?(42", own) == "42"
    assert final_in("<\u017feed:thin\u212a>42") == "<\u017feed:thin\u212a>42"  # s and K to a comparison of Unicode


def test_marks_that_overlap_are_read_from_the_left() -> None:
    """Each character belongs to one mark."""
    own = [("<a[", "]a>"), ("[b", "b]")]

    assert final_in("<a[b x b]42", own) == "42"
    assert final_in("<a[b x ]a>42", own) == "42"
    assert reasoning_in("<a[b x b]42", own) == "b x"


PAIRS = sorted(set(REASONING_TAGS))
SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, str.swapcase)


@pytest.mark.each("spelling", SPELLINGS, ids=["published", "lower", "upper", "swapped"])
@pytest.mark.each(("opening", "closing"), PAIRS, ids=[" ".join(pair) for pair in PAIRS])
def test_each_pair_of_marks_follows_the_rules(opening: str, closing: str, spelling: Callable[[str], str]) -> None:
    """At each place, in each case: first, after the answer, inside a word, nested, doubled, alone, quoted, indented."""
    o, c = spelling(opening), spelling(closing)
    for text, final, visible in (
        (f"{o}A{c}B", "B", "B"),
        (f"\n {o} A {c}\n\n B.", " B.", " B."),
        (f"{o}{c}B", "B", "B"),
        (f"\u200b{o}A{c}\u200b{o}A{c}B", "B", "B"),
        (f"{o}A", "", f"{o}A"),
        (f"B {o}A", f"B {o}A", f"B {o}A"),
        (f"{o}A{c}B\n{o}A", f"B\n{o}A", f"B\n{o}A"),
        (f"B\n{o}A{c}\nC", "B\n\n\nC", f"B\n{o}A{c}\nC"),
        (f"B{o}A{c}C", f"B{o}A{c}C", f"B{o}A{c}C"),
        (f"B\n{o}A{c}{o}A{c}\nC", "B\n\n\n\nC", f"B\n{o}A{c}{o}A{c}\nC"),
        (f"`{o}` B", f"`{o}` B", f"`{o}` B"),
        (f"It is `{o}` and '{c}'. B", f"It is `{o}` and '{c}'. B", f"It is `{o}` and '{c}'. B"),
        (f"{o}The “{c}” A{c}B", "B", f"” A{c}B"),
        (f"{o}A{c}\n    B\n  C", "    B\n  C", "    B\n  C"),
        (f"{o}A{c}\r\n \t\n\tB\n", "\tB", "\tB"),
    ):
        assert (final_in(text), visible_in(text)) == (final, visible), text


@pytest.mark.each("spelling", SPELLINGS, ids=["published", "lower", "upper", "swapped"])
@pytest.mark.each(("opening", "closing"), PAIRS, ids=[" ".join(pair) for pair in PAIRS])
def test_stray_closing_marks_end_reasoning(opening: str, closing: str, spelling: Callable[[str], str]) -> None:
    """Except a token that ends turns too: it is no mark without its own opening one."""
    o, c = spelling(opening), spelling(closing)
    is_mark = closing not in END_TOKENS
    for text, final, visible in (
        (f"A{c}B", "B", f"A{c}B"),
        (f"A{c}A{c}B", "B", f"A{c}A{c}B"),
        (f"{o}A{o}A{c}A{c}B", "B", f"A{c}B"),
        (f"{o}A{c}A\n{o}A{c}\nA{c}B", "B", f"A\n{o}A{c}\nA{c}B"),
        (f"<think>A{c}B", "B", "B"),
        (f"A{c}B.", "B.", f"A{c}B."),
    ):
        assert visible_in(text) == visible, text
        if is_mark:
            assert final_in(text) == final, text
    text = f"{c}{c}\n B"
    assert final_in(text) == visible_in(text) == (" B" if is_mark else text)
    if not is_mark:
        assert final_in(f"A{c}B") == f"A{c}B"
        assert final_in(f"<think>A{c}B") == ""
        assert final_in(f"{o}A{o}A{c}B{c}C") == f"B{c}C"


@pytest.mark.each("token", END_TOKENS)
def test_tokens_that_end_a_turn_belong_to_no_view(token: str) -> None:
    """Alone, repeated, with white space and with other tokens; inside the completion they are text."""
    for end in (token, f"{token}\n", f" \n{token} {token}\n\n", f"<|im_end|>{token}<|im_end|>"):
        record = a_record(f"  4{token}2{end}")
        assert (record.full, record.final, record.visible) == (f"  4{token}2",) * 3
        assert record.completion.endswith(end)
        assert a_record(f"<think>4{end}").reasoning == "4"
        assert a_record(f"[1]{end}").json == "[1]"
        assert a_record(end).is_blank
        assert a_record(f"<think>42</think>{end}").is_blank
    assert a_record(f"{token}42").full == f"{token}42"


def test_other_text_at_the_end_stays() -> None:
    """Also HTML that looks like a token, white space, and markers of roles."""
    for text in (
        "a <s>b</s>\n",
        "a <s>b</s>",
        "a<s>b</s>",
        "<b>a</b>",
        "4 > 3",
        "[1]",
        "[",
        "a \n",
        "<|im_end|>\n<|im_start|>user\nb",
        "<|im_end|",
    ):
        assert a_record(text).full == text
    assert a_record("<s>a</s>").full == "<s>a"  # the tokens of a whole sequence
    assert a_record("<s>a <s>b</s><|im_end|>").full == "<s>a <s>b</s>"
    for token in END_TOKENS[:-1]:
        assert a_record(f"a <s>b{token}").full == "a <s>b"


@pytest.mark.parametrize(
    ("completion", "final"),
    [
        ("    return s\n", "    return s"),
        ("\n\n    return s", "    return s"),
        (" \n\t\n  return s\n  x", "  return s\n  x"),
        ("\r\n  a", "  a"),
        ("\r  a", "  a"),
        ("<think>x</think>    return s", "return s"),
        ("<think>x</think>\n    return s", "    return s"),
        ("def f():\n<think>x</think>\n    return s", "def f():\n\n\n    return s"),
    ],
)
def test_the_indentation_of_the_first_line_stays(completion: str, final: str) -> None:
    """An answer in code may continue a function; spaces right after a mark are no indentation."""
    assert final_in(completion) == visible_in(completion) == final or "def" in completion
    assert final_in(completion) == final


@given(st.lists(st.sampled_from(MARK_PIECES)).map("".join))
def test_views_only_leave_out_text(text: str) -> None:
    """The text of each view is a part of the completion, in order; ``visible`` hides no more than ``final`` does."""
    record = a_record(text)
    shown, final = "".join(record.visible.split()), "".join(record.final.split())

    assert record.full.rstrip().endswith(record.visible)
    assert _is_subsequence(final, shown)
    assert a_record(record.final).is_blank or not record.is_blank


def _is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


@given(st.text(st.characters()))
def test_any_text_has_every_view(text: str) -> None:
    """No text makes a view raise."""
    record = a_record(text)

    assert text.startswith(record.full)
    assert isinstance(record.final + record.visible + record.reasoning + record.json, str)
    assert isinstance(record.code_blocks, tuple)


def _calls_of_views(text: str) -> int:
    """Return the number of calls that all views of a text take, those of C functions included."""
    record, calls = a_record(text), 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        _ = record.full, record.final, record.visible, record.reasoning, record.code_blocks, record.is_blank
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.each("piece", [*MARK_PIECES, "<think>a</think>", "a <think>\n</think>", "```\n", "~~~x\n", "</s> \n"])
def test_views_take_steps_in_proportion_to_the_text(piece: str) -> None:
    """Eight times the text takes at most eight times the calls."""
    _calls_of_views(piece)  # compiles the patterns
    assert _calls_of_views(piece * 8_000) <= 8 * _calls_of_views(piece * 1_000) + 100


@pytest.mark.each("seed", range(20))
def test_salads_of_marks_take_steps_in_proportion_to_the_text(seed: int) -> None:
    """A mark costs a bounded number of calls, wherever it is."""
    words = random.Random(seed).choices(MARK_PIECES, k=8_000)  # noqa: S311  # reproducible on purpose

    assert _calls_of_views("".join(words)) < 60 * len(words)


def test_code_blocks_are_fenced() -> None:
    """A fence closes with at least as many of the same marks; the language is the first word."""
    text = "a\n```Python x\nprint('```')\n```\n~~~\nb\n```\n~~~~\n````\n```\n````"
    blocks = code_blocks_in(text)

    assert [(block.language, block.text, block.closed) for block in blocks] == [
        ("python", "print('```')", True),
        ("", "b\n```", True),
        ("", "```", True),
    ]


def test_fences_are_backticks_or_tildes() -> None:
    """An inline span is no fence."""
    assert [block.text for block in code_blocks_in("~~~\n1\n~~~")] == ["1"]
    assert [block.text for block in code_blocks_in("```\n2\n```")] == ["2"]
    assert fence_of("````py") == "````"
    assert fence_of("```x```") == fence_of("``x") == ""


def test_more_blocks_than_any_answer_has_are_not_read() -> None:
    """The first ones are."""
    blocks = code_blocks_in("".join(f"```\n{number}\n```\n" for number in range(CODE_BLOCKS_LIMIT + 5)))

    assert [block.text for block in blocks] == list(map(str, range(CODE_BLOCKS_LIMIT)))


def test_an_unclosed_block_is_marked() -> None:
    """The code of a truncated answer is kept, and marked."""
    (block,) = code_blocks_in("```py\nx = 1")

    assert (block.text, block.closed) == ("x = 1", False)


def test_a_bounded_number_of_blocks_is_read() -> None:
    """No honest answer has so many; the rest of the text costs nothing."""
    assert len(code_blocks_in("```\n```\n" * 1_005)) == 1_000


def test_blocks_inside_reasoning_are_not_an_answer() -> None:
    """The code view reads the final view."""
    assert a_record("<think>```\n1\n```</think>\n```\n2\n```").code_blocks[0].text == "2"


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (' {"a": 1} ', '{"a": 1}'),
        ('so:\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ("```\n[1]\n```", "[1]"),
        ("```json\n1\n```\n```json\n2\n```", ""),
        ("```python\nx\n```\n```json\n2\n```", "2"),
    ],
)
def test_json_is_one_document_or_none(text: str, document: str) -> None:
    """Two candidates are ambiguous, and neither may get a reward."""
    assert json_in(text, code_blocks_in(text)) == document


@pytest.mark.each(
    "text",
    [
        *("", " \n\t", "\u200b\ufeff", "\x00\x1f\x7f", "\u00ad\u2060"),
        *("<think>42</think>", "<think>42", "42</think>", "<think>", "</think>", "<|im_end|>\n</s>"),
        *("<|begin_of_solution|><|end_of_solution|>", "<|channel|>final<|message|>", "<think>42</think>\u2800"),
    ],
)
def test_a_completion_without_visible_text_is_blank(text: str) -> None:
    """Reasoning, marks and characters that print nothing are no answer."""
    assert a_record(text).is_blank
    assert not a_record(f"{text}\n.").is_blank or "<think>" in text or "</think>" in text


@pytest.mark.parametrize("text", [".", "<think>a</think>0", "a <think>", "<b></b>", "é", "\u0301a"])
def test_a_completion_with_visible_text_is_not_blank(text: str) -> None:
    """Whatever it says."""
    assert not a_record(text).is_blank


def test_a_tool_call_is_an_answer() -> None:
    """The content may be null then."""
    assert not a_record("", tool_calls=[{"function": {"name": "f"}}]).is_blank


def test_fields_are_read_by_path() -> None:
    """A field of the record comes before a column of its metadata, which is read with or without its prefix."""
    record = a_record("x", {"kind": "k"}, domain="math", nested={"a": [1]}, messages="column")

    assert record.field("reference.kind") == "k"
    assert record.field("messages") == record.messages
    assert record.field("domain") == record.field("metadata.domain") == "math"
    assert record.field("nested.a") == [1]
    assert record.field("nested.a.b") is None


def test_an_unknown_view_is_an_error() -> None:
    """A misspelt view in an option must not read another text."""
    assert a_record("x").view("final") == "x"
    with pytest.raises(KeyError):
        a_record("x").view("finale")


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("  ```\n  a\n    b\n  ```", "a\n  b"),
        ("   ```\na\n b\n     c\n   ```", "a\nb\n  c"),
        ("\t```\n\ta\n\t\tb\n\t```", "a\n\tb"),
        ("1. ```\n   a\n   ```", "a"),
        ("- ```py\n  a\n\n    b\n  ```", "a\n\n  b"),
        ("```\n  a\n```", "  a"),
        ("  ```\n  a", "a"),
    ],
)
def test_the_indentation_of_a_fence_is_removed_from_its_block(text: str, block: str) -> None:
    """As CommonMark removes it: from each line, as far as there is any."""
    assert [each.text for each in code_blocks_in(text)] == [block]


@pytest.mark.parametrize("marker", ["- ", "* ", "+ ", "1. ", "12) "])
def test_a_fence_may_follow_the_marker_of_a_list_item(marker: str) -> None:
    """On the same line; a marker without a blank is text."""
    assert fence_of(f"{marker}```py") == "```"
    assert fence_of(f"{marker.strip()}```py") == ""
