"""IFBench's fixed tasks: instructions that are a whole prompt each, and always the same one.

Source: Pyatkin et al., Generalizing Verifiable Instruction Following, arXiv 2507.02833, custom constraints.
"""

from __future__ import annotations

import csv
import re
import string
from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from rlvr_compliance.checks.ifeval import Arguments, Check
from rlvr_compliance.text.tokens import INDENTED, sentences_of

_AFRICA = tuple(
    "zimbabwe, zambia, uganda, tunisia, togo, tanzania, sudan, south sudan, south africa, somalia, sierra "
    "leone, seychelles, senegal, sao tome and principe, rwanda, nigeria, niger, namibia, mozambique, morocco, "
    "mauritius, mauritania, mali, malawi, madagascar, libya, liberia, lesotho, kenya, ivory coast, guinea- "
    "bissau, guinea, ghana, gambia, gabon, ethiopia, eswatini, eritrea, equatorial guinea, egypt, djibouti, "
    "democratic republic of the congo, congo, comoros, chad, central african republic, cape verde, cameroon, "
    "burundi, burkina faso, botswana, benin, angola, algeria".split(", ")
)
_OTHER_NAMES = {
    "cote d'ivoire": "ivory coast",
    "the gambia": "gambia",
    "cabo verde": "cape verde",
    "swaziland": "eswatini",
    "republic of the congo": "congo",
    "congo, democratic republic of the": "democratic republic of the congo",
    "congo, republic of the": "congo",
}
# Countries of whose names lists differ (two Congos, Ivory Coast): so many of the 54 must be there.
_AFRICA_LEAST = 50
# Capitals of Europe north of 45 degrees, from north to south, by the latitude of their centres.
_CAPITALS = (
    "reykjavik helsinki oslo tallinn stockholm riga moscow copenhagen vilnius minsk dublin berlin amsterdam warsaw "
    "london brussels kyiv prague luxembourg paris vienna bratislava budapest vaduz chisinau bern ljubljana zagreb"
).split()
_CAPITAL_NAMES = {
    "kiev": "kyiv",
    "luxembourg city": "luxembourg",
    "berne": "bern",
    "reykjavík": "reykjavik",
    "chișinău": "chisinau",
}
_CAPITALS_LEAST = 24
_ALPHABET = 26


def _word_reverse(text: str, _given: Arguments) -> bool:
    """Return whether the words of a sentence about the bald eagle stand in reverse order."""
    return "eagle bald" in " ".join(word.strip(string.punctuation).lower() for word in text.split())


def _character_reverse(text: str, _given: Arguments) -> bool:
    return "elgae dlab" in text.lower()


def _sentence_alphabet(text: str, _given: Arguments) -> bool:
    firsts = [next((letter.lower() for letter in sentence if letter.isalpha()), "") for sentence in sentences_of(text)]
    return len(firsts) == _ALPHABET and "".join(firsts) == string.ascii_lowercase


def _multiples(text: str, _given: Arguments) -> bool:
    """Return whether the numbers are the multiples of 7 from 10 to 50."""
    return [int(number) for number in re.findall(r"\d{1,9}", text)] == list(range(14, 50, 7))


def _mcq(text: str, _given: Arguments) -> bool:
    """Return whether there are four labelled questions of five options each, each longer than the one before."""
    parts = re.split(r"(?m)^\W{0,4}Question\b", text)[1:]
    questions = [re.split(INDENTED + r"\W{0,3}[A-Ea-e1-5][.):]", part) for part in parts]
    lengths = [len(question[0].strip()) for question in questions]
    return (
        len(parts) == 4  # noqa: PLR2004  # the task's own numbers
        and all(len(question) == 6 for question in questions)  # noqa: PLR2004
        and all(after > before for before, after in pairwise(lengths))
    )


def _reverse_countries(text: str, _given: Arguments) -> bool:
    lines = [re.sub(r"^[\s\d.)*-]+", "", line).strip().lower() for line in text.splitlines() if line.strip()]
    names = [_OTHER_NAMES.get(_plain(line), _plain(line)) for line in lines]
    known = [name for name in names if name in _AFRICA]
    return len(set(known)) >= _AFRICA_LEAST and len(known) == len(lines) and lines == sorted(lines, reverse=True)


def _plain(name: str) -> str:
    return name.translate(str.maketrans("ôãéíè", "oaeie")).replace("\u2019", "'")


def _capitals(text: str, _given: Arguments) -> bool:
    said = [part.strip().lower().rstrip(".") for part in text.split(",")]
    names = [_CAPITAL_NAMES.get(name, name) for name in said]
    places = [_CAPITALS.index(name) for name in names if name in _CAPITALS]
    return len(places) == len(names) and len(set(places)) >= _CAPITALS_LEAST and places == sorted(set(places))


def _dates(text: str, _given: Arguments) -> bool:
    """Return whether a list separated by commas holds dates of the form YYYY-MM-DD and nothing else."""
    said = [part.strip() for part in text.strip().rstrip(".").split(",")]
    try:
        found = [date.fromisoformat(part) for part in said if re.fullmatch(r"\d{4}-\d{2}-\d{2}", part)]
    except ValueError:
        return False
    return len(found) == len(said) > 1


def _table(text: str, delimiter: str) -> list[list[str]]:
    body = re.sub(r"(?m)^```\w*\s*$", "", text).strip()
    return [row for row in csv.reader(body.splitlines(), delimiter=delimiter) if row]


def _csv_city(text: str, _given: Arguments) -> bool:
    rows = _table(text, ",")
    header = ["ID", "Country", "City", "Year", "Count"]
    return len(rows) == 8 and rows[0] == header and all(len(row) == len(header) for row in rows)  # noqa: PLR2004  # seven and the header


def _csv_special(text: str, _given: Arguments) -> bool:
    rows = _table(text, ",")
    header = ["ProductID", "Category", "Brand", "Price", "Stock"]
    special = re.findall(r'"[^"\n]*[^\w\s"][^"\n]*"', text)
    return len(rows) == 15 and rows[0] == header and all(len(row) == len(header) for row in rows) and bool(special)  # noqa: PLR2004  # fourteen and the header


def _csv_quotes(text: str, _given: Arguments) -> bool:
    body = re.sub(r"(?m)^```\w*\s*$", "", text).strip()
    fields = [line.split("\t") for line in body.splitlines() if line.strip()]
    header = ["StudentID", "Subject", "Grade", "Semester", "Score"]
    quoted = all(re.fullmatch(r'"[^"]*"', field.strip()) for row in fields for field in row)
    return len(fields) == 4 and quoted and [field.strip(' "') for field in fields[0]] == header  # noqa: PLR2004  # three and the header


CHECKS: Mapping[str, Check] = {
    "custom:word_reverse": _word_reverse,
    "custom:character_reverse": _character_reverse,
    "custom:sentence_alphabet": _sentence_alphabet,
    "custom:multiples": _multiples,
    "custom:mcq_count_length": _mcq,
    "custom:reverse_newline": _reverse_countries,
    "custom:european_capitals_sort": _capitals,
    "custom:date_format_list": _dates,
    "custom:csv_city": _csv_city,
    "custom:csv_special_character": _csv_special,
    "custom:csv_quotes": _csv_quotes,
}
