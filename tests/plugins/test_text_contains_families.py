"""Families of answers that text.contains must tell apart: lists of candidates, denials, and answers that name one."""

import itertools
from collections.abc import Iterator

import pytest

from rlvr.testing import a_record, scored
from rlvr_text.contains import ContainsOptions, contains

QUESTION = "What is the capital of France?"
OTHERS = ["Rome", "Oslo", "Bonn", "Kyiv", "Riga", "Lima", "Bern", "Baku", "Doha"]
# By how many candidates it takes until they are told from the words of one name: "President Barack Obama".
SEPARATORS = {
    2: (
        ", ¦; ¦ / ¦/¦ | ¦ - ¦ \N{EN DASH} ¦ \N{EM DASH} ¦ -> ¦ \N{RIGHTWARDS ARROW} ¦ => ¦\N{RIGHTWARDS ARROW}¦ > ¦\\\\"
        "¦ \N{MIDDLE DOT} ¦ \N{BULLET} ¦\N{IDEOGRAPHIC COMMA}¦\N{FULLWIDTH COMMA}¦\N{FULLWIDTH SEMICOLON}"
        "¦\N{ARABIC COMMA}¦\t¦\n¦\n\n¦. ¦! ¦ & ¦ + ¦ or ¦ and ¦ oder ¦ ou ¦ vs ¦ vs. ¦ then "
        "¦\n- ¦\n* ¦ also ¦ next ¦ plus ¦ as well as "
        "¦   ¦ along with ¦<br>¦ <li> ¦, or ¦; then ¦) (¦][¦ # ¦ = ¦\N{IDEOGRAPHIC SPACE}¦ \N{SPARKLES} "
        "¦ \N{CIRCLED DIGIT ONE} ¦ \N{BOX DRAWINGS LIGHT VERTICAL} "
    ).split("¦"),
    4: [" ", ": "],
}
FRAMES = (
    "It is {}.¦Maybe {}.¦It could be {}.¦The capital is {}.¦{} is it.¦Possibly {}!¦I say {}.¦"
    "It's the city of {}.¦What about {}.¦The answer might be {}.¦{} is right.¦Or {}.¦Also {}."
).split("¦")
NUMBERINGS = ["{0}) {1}", "{0}. {1}", "({0}) {1}", "{0}: {1},", "#{0} {1}"]


def lists() -> Iterator[tuple[str, int]]:
    """Yield texts that name Paris among others, and how many they name before it."""
    for count, place in ((c, p) for c in (2, 3, 4, 6, 10) for p in range(c)):
        names = [*OTHERS[:place], "Paris", *OTHERS[place : count - 1]]
        for least, separators in SEPARATORS.items():
            yield from ((separator.join(names), place) for separator in separators if count > least or least == 2)
        yield from ((" ".join(frame.format(name) for name in names), place) for frame in FRAMES)
        yield from ((" ".join(each.format(n, name) for n, name in enumerate(names, 1)), place) for each in NUMBERINGS)


def value(completion: str, reference: str = "Paris", options: ContainsOptions | None = None) -> float:
    """Return what an answer to the question is worth."""
    score = scored(contains, a_record(completion, reference, prompt=QUESTION), options)
    assert score.value is not None, score
    return score.value


def test_a_list_pays_at_most_what_its_first_item_would() -> None:
    """However its items are separated, framed or numbered, so that candidates behind the first gain nothing."""
    tried = list(lists())

    assert len(tried) > 1_000
    assert [text for text, place in tried if place > 0 and value(text)] == []


def test_a_long_list_pays_nothing() -> None:
    """It commits to nothing, not even to its first item."""
    long = [text for text, place in lists() if place == 0 and all(name in text for name in OTHERS)]

    assert [text for text in long if value(text)] == []


COMMAS = frozenset(", ¦\N{FULLWIDTH COMMA}¦\N{FULLWIDTH SEMICOLON}¦\N{ARABIC COMMA}¦; ¦, or ".split("¦"))


def test_the_first_item_of_a_plain_list_pays_nothing() -> None:
    """Of three items behind anything but commas, which a name may have, and of two items with numbers."""
    marks = [each for each in SEPARATORS[2] if each not in COMMAS]
    names = ["Paris", "Rome", "Oslo"]
    tried = [mark.join(names) for mark in marks] + [" ".join(map(frame.format, names)) for frame in FRAMES]
    for count in (2, 3):
        listed = list(enumerate(names[:count], 1))
        tried += [" ".join(each.format(*pair) for pair in listed) for each in NUMBERINGS[:3]]
        tried += ["\n".join(each.format(*pair) for pair in listed) for each in NUMBERINGS[:3]]

    assert [text for text in tried if value(text)] == []
    assert value("Austin, Texas, USA", "Austin") == 1.0


BEFORE = (
    "not ¦It is not ¦hardly ¦anything but ¦all but ¦everything except ¦near ¦just outside ¦or ¦either ¦"
    "north of ¦a suburb of ¦a rival of ¦formerly ¦it might be ¦it could be ¦I doubt it is ¦instead of ¦"
    "rather than ¦Wrong: ¦\N{CROSS MARK} ¦far from ¦I will not say ¦It is false that it is ¦"
    "Es ist nicht ¦Ce n'est pas ¦No es ¦Non \N{LATIN SMALL LETTER E WITH GRAVE} ¦Maybe not "
).split("¦")
BEHIND = (
    " is ruled out.¦ can be ruled out.¦ is wrong.¦ is incorrect.¦ is not it.¦ isn't it.¦? No.¦: no.¦"
    " is off the table.¦ was my first guess.¦ would be wrong.¦ is a distractor.¦ \N{BALLOT X}¦ or not.¦"
    ". Scratch that: Rome.¦. No, wait, Rome.¦. Actually Rome.¦ or maybe Rome.¦? Rome.¦"
    " has been ruled out.¦. I take that back.¦. Just kidding.¦, or is it Rome?¦ ist falsch.¦"
    " must be excluded.¦ is out."
).split("¦")


@pytest.mark.each("completion", [*(each + "Paris" for each in BEFORE), *("Paris" + each for each in BEHIND)])
def test_what_is_denied_displaced_or_taken_back_is_not_named(completion: str) -> None:
    """In words before or behind it."""
    assert value(completion) == 0.0


INSIDE = (
    "https://x.org/{}¦www.{}.com¦{}@x.org¦@{}¦/home/{}/x¦[Rome](http://x/{})¦{}.com¦{}-Roubaix¦non-{}¦"
    '{}\'s rival¦<a title="{}">Rome</a>¦{}ian¦s{}¦{}_x¦x.{}¦{}()¦Rome <!-- {} -->¦~~{}~~ Rome¦'
    '{}\N{RIGHT SINGLE QUOTATION MARK}s rival¦The word "{}" has five letters.¦He said "{}".'
).split("¦")


@pytest.mark.each("form", INSIDE)
def test_a_part_of_another_name_names_nothing(form: str) -> None:
    """Nor does an address, a compound, a comment, or a word that is only spoken of."""
    assert value(form.format("Paris")) == 0.0


HONEST = """
Paris|It is Paris.|Paris!|**Paris**|Paris, France|Paris (France)|- Paris|1. Paris|> Paris|Answer: Paris
The capital of France is Paris, on the Seine.|I believe the capital is Paris.|It's Paris, not Rome.|Not Rome but Paris.
The city that was asked for is Paris (France).|La capitale de la France est Paris.|Without doubt Paris.|France -> Paris
The capital of France is Paris. It has 2 million inhabitants and lies on the Seine.|Paris is the capital of France
Paris. It has been the capital since 987, except for short periods.|France's capital, Paris, is on the Seine.
The French capital city: Paris|A common misconception is that it is Lyon. It is Paris.|Sure! The capital is Paris.
Paris \N{EM DASH} the city of light.|It's Paris; the city lies on the Seine.|Good question. Paris.|Of course: Paris.
The capital is Paris, which is also its largest city.|Answer: Paris. Explanation: It has been the capital since 987.
The capital of France is Paris, not Lyon or Marseille.|Lyon is large, but Paris is the capital.|Capital: Paris
France is in Europe. Its capital is Paris.|In France, Paris is the capital.|Country: France; capital: Paris
The treaty was signed in Paris in 1783.|They met in Paris and London.|It happened in Paris, Texas.|Mr. Paris did it.
We know that Rome, Berlin and Madrid are capitals of other countries, so it is Paris.|Thomas Paris
President Thomas Paris
Paris is the capital and largest city of France.|Paris and its suburbs have 12 million people.|It is 'Paris'.
Helen was abducted by Paris, prince of Troy.|the capital city of France, Paris|France (capital: Paris)
Berlin is the capital of Germany. Paris is the capital of France.|The French capital, Paris, hosted the games.
Rome is the capital of Italy, and Paris is that of France.|Step 1: France is in Europe. Step 2: its capital is Paris.
"""


@pytest.mark.each("completion", [each for line in HONEST.split("\n") for each in line.split("|") if each])
def test_an_answer_that_names_one_is_paid(completion: str) -> None:
    """With the words, marks and explanations that people put around it."""
    assert value(completion) == 1.0


TAKEN_BACK = (
    "Pardon, je voulais dire Rome.¦Plutôt Rome.¦Mejor dicho, Roma.¦Perdón, Roma.¦Anzi, Roma.¦Besser gesagt, Rom."
    "¦Korrektur: Rom.¦Vielmehr Rom.¦Ou melhor, Roma.¦Ik bedoel Rome.¦Точнее, Рим.¦Scratch that, Rome."
).split("¦")


@pytest.mark.each("correction", TAKEN_BACK)
def test_a_correction_takes_a_phrase_back_in_many_languages(correction: str) -> None:
    """A sentence behind the phrase that opens with words of correction."""
    assert value(f"Paris. {correction}", "Paris") == 0.0


SAME = [
    "{}", "{}.", "It is {}.", "({})", "x = {}", "{} km", "**{}**", "The total is {} eggs.", "- {}", "{}, I think.",
    "So x = {}.", "The answer is y = {}.", "\\boxed{{x = {}}}", "$n={}$",
]  # fmt: skip
CHANGED = (
    "-{}¦minus {}¦<{}¦>= {}¦about {}¦over {}¦{}%¦{} percent¦{} million¦{}-ish¦{}!¦\N{SQUARE ROOT}{}¦"
    "\\sqrt{{{}}}¦1/{}¦1 / {}¦{}/2¦{} x 2¦{}^2¦{}\N{SUPERSCRIPT TWO}¦{}:1¦{} to 99¦{}-99¦"
    "between 1 and {}¦{} or more¦{} squared¦{}00¦1{}¦0.{}¦{}.5¦{}st¦x{}¦\N{ALMOST EQUAL TO}{}¦"
    "\N{PLUS-MINUS SIGN}{}¦at least {}¦up to {}¦half of {}¦twice {}¦{} + 1"
).split("¦")


@pytest.mark.each(("form", "number"), list(itertools.product(SAME, ["42", "7", "1000", "3.5"])))
def test_a_number_is_named_by_its_value(form: str, number: str) -> None:
    """Whatever stands around it, with or without commas between thousands."""
    assert value(form.format(number), number) == 1.0
    assert value(form.format(f"{float(number):,.2f}"), number) == 1.0


@pytest.mark.each(("form", "number"), list(itertools.product(CHANGED, ["42", "7", "1000"])))
def test_another_sign_relation_or_unit_of_count_is_another_number(form: str, number: str) -> None:
    """So that the digits alone are not enough."""
    assert value(form.format(number), number) == 0.0


CONTRASTS = {
    "de": ("Nicht {0}, sondern {1}.", "Es ist nicht {0}, sondern {1}.", "Nicht {0} sondern {1}"),
    "fr": ("Pas {0}, mais {1}.", "Ce n'est pas {0}, mais {1}.", "Non pas {0} mais {1}"),
    "es": ("No es {0}, sino {1}.", "No {0}, sino {1}", "No {0} sino {1}."),
    "it": ("Non {0}, ma {1}.", "Non è {0}, ma {1}."),
    "pt": ("Não {0}, mas {1}.", "Não é {0}, mas sim {1}"),
    "nl": ("Niet {0}, maar {1}.", "Het is niet {0} maar {1}."),
    "en": ("Not {0}, but {1}.", "It is not {0} but {1}.", "It is not {0}; it is {1}."),
    "sv": ("Inte {0} utan {1}.",),
}


@pytest.mark.each("form", [form for forms in CONTRASTS.values() for form in forms])
@pytest.mark.each("other", ["Rome", "Bonn", "New York"])
def test_a_candidate_set_against_another_is_the_answer(form: str, other: str) -> None:
    """What is denied in the same breath is no candidate; the other way round the phrase is denied."""
    assert scored(contains, a_record(form.format(other, "Paris"), "Paris")).value == 1.0
    assert scored(contains, a_record(form.format("Paris", other), "Paris")).value == 0.0


@pytest.mark.parametrize(
    "completion",
    [
        "Nicht nur Rom, sondern auch Paris", "Pas seulement Rome, mais aussi Paris", "Not only Rome but also Paris",
        "Nicht Rom, sondern Bonn, Paris", "Nicht Rom, nicht Bonn, Paris, sondern Oslo", "No Roma, sino Paris o Oslo",
        "Nicht Rom, sondern nicht Paris", "Paris, sondern Rom", "Not Rome, but Bonn, Oslo, Paris",
    ],
)  # fmt: skip
def test_a_contrast_hides_no_list(completion: str) -> None:
    """Nor a denial."""
    assert scored(contains, a_record(completion, "Paris")).value == 0.0
