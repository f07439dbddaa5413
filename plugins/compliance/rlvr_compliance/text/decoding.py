"""Readings of text in codes: base64, base32, hexadecimal, decimal codes, quoted-printable, digits in words."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence

from rlvr import encodable_text
from rlvr_compliance.text.engine import compiled, spans_of
from rlvr_compliance.text.readings import Edit, Reading

# Shorter tokens are decoded by chance.
_TOKEN_LEAST = 12
# A code within a code is undone this often.
_LAYERS = 3
# Words and paths are in no code: codes have a digit, a capital behind the first letter, or a sign of equality behind.
# Prose has many long words, and each match costs microseconds, so the pattern itself leaves words out.
_CODE_SIGN = "[A-Za-z0-9+/]"
_MIXED = "|".join(
    (
        *(f"{_CODE_SIGN}{{{at}}}[0-9A-Z]{_CODE_SIGN}{{{_TOKEN_LEAST - 1 - at},}}" for at in range(1, _TOKEN_LEAST - 1)),
        f"{_CODE_SIGN}{{{_TOKEN_LEAST - 1},}}[0-9A-Z]{_CODE_SIGN}*",
        f"{_CODE_SIGN}{{{_TOKEN_LEAST},}}=",
    )
)
CODED = (
    r"(?:=[0-9A-F]{2})+|(?:[01]{8}[ ,]?){4,}|\b(?:1?\d{2}[ ,;-]{1,2}){4,}1?\d{2}\b"
    rf"|[0-9A-Fa-f]{{2}}(?:[ :,-][0-9A-Fa-f]{{2}}){{5,}}|\bxn--[A-Za-z0-9-]{{2,59}}|(?:{_MIXED})={{0,6}}"
)
"""A pattern that occurs in every text that may contain a code."""
_LOOKS_CODED = re.compile(r"[0-9=]|[a-z][A-Z]|^[A-Z]+$")
_PRINTABLE = re.compile(r"[\x20-\x7e\n\t\r]+")


def decoded(reading: Reading) -> Reading:
    """Replace what is written in a code by the text that it stands for; the reading itself if nothing is."""
    return reading.edited("decoded", _edits(reading.text, reading.data))


def _edits(text: str, data: bytes) -> Iterator[Edit]:
    for start, behind in spans_of(CODED, text, data):
        written = put = text[start:behind].rstrip(" ,")  # a row of binary codes may end with what parts it from a word
        end = start + len(written)
        if put.startswith("xn--"):
            yield start, end, _from_punycode(put)
            continue
        if _LOOKS_CODED.search(put) is None:
            continue
        for _ in range(_LAYERS):
            if not (plain := _plain(put)):
                break
            put = plain
        if put != written:
            yield start, end, put


def _from_punycode(label: str) -> str:
    """Return the letters of a label of a domain (RFC 3492), with look-alikes made plain."""
    try:
        return Reading("raw", encodable_text(label[4:].encode("ascii").decode("punycode"))).canonical.text
    except (UnicodeError, ValueError, OverflowError):
        return label


def _plain(token: str) -> str:
    """Return the text that a token encodes; "" if it is in no code, or encodes no readable text."""
    for form, read in _READERS:
        if form.fullmatch(token) is None:
            continue
        try:
            data = read(token)
        except (ValueError, binascii.Error):
            continue
        # Most tokens are names, which decode to bytes that are no ASCII; to raise for them would cost the most.
        text = data.decode() if data.isascii() else ""
        if _PRINTABLE.fullmatch(text) and sum(map(str.isalnum, text)) * 2 > len(text):
            return text
    return ""


def _base64(token: str) -> bytes:
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    return b"" if len(plain) % 4 == 1 else binascii.a2b_base64(plain + "=" * (-len(plain) % 4))


def _base32(token: str) -> bytes:
    plain = token.rstrip("=").upper()
    return base64.b32decode(plain + "=" * (-len(plain) % 8))


def _hexadecimal(token: str) -> bytes:
    return bytes.fromhex(re.sub(r"[ :,-]", "", token))


def _decimal(token: str) -> bytes:
    return bytes(map(int, re.findall(r"\d+", token)))


def _quoted_printable(token: str) -> bytes:
    return bytes.fromhex(token.replace("=", ""))


def _binary(token: str) -> bytes:
    digits = re.sub("[ ,]", "", token)
    return bytes(int(digits[at : at + 8], 2) for at in range(0, len(digits) - 7, 8))


# The form of each code, and its reader. A text of decimal codes has five of them or more.
_READERS: Sequence[tuple[re.Pattern[str], Callable[[str], bytes]]] = (
    (re.compile(r"[01][01 ,]{7,}"), _binary),
    (re.compile(r"(?:=[0-9A-F]{2})+"), _quoted_printable),
    (re.compile(r"(?:\d{1,3}[ ,;-]{1,2}){4,}\d{1,3}"), _decimal),
    (re.compile(r"(?:[0-9A-Fa-f]{2}[ :,-]?){6,}"), _hexadecimal),
    (re.compile(r"[A-Z2-7]{16,}={0,6}|[a-z2-7]{16,}={0,6}"), _base32),
    (re.compile(rf"[A-Za-z0-9+/_-]{{{_TOKEN_LEAST},}}={{0,6}}"), _base64),
)

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_DIGIT = f"(?:{'|'.join(_DIGITS)})"
# The numbers that matter have nine digits or more.
SPOKEN = rf"(?i)\b{_DIGIT}(?:[\s,.-]{{1,3}}(?:dash |hyphen )?{_DIGIT}){{8,40}}\b"


def spoken_digits(reading: Reading) -> Reading:
    """Replace rows of digits that are written as words by the digits; a comma parts their groups."""
    return reading.edited("spoken", _spoken_edits(reading.text))


def _spoken_edits(text: str) -> Iterator[Edit]:
    for found in compiled(SPOKEN).finditer(text):
        groups = re.split(r"[,.-]\s*|\s+(?:dash|hyphen)\s+", found[0].lower())
        yield *found.span(), "-".join("".join(_DIGITS.get(word, "") for word in group.split()) for group in groups)


# Signs in brackets or with a backslash before them, and schemes with letters replaced. Threat reports write addresses
# so, to keep readers from opening them: "hxxp://evil[.]example", "192[.]168[.]10[.]55", "ann[@]corp[.]com".
_DISARMED = re.compile(
    r"(?i)(?<![A-Za-z])(?P<scheme>h(?:xx|tt|\*\*|__)p)(?P<secure>s?)(?P<colon>\[?:\]?//|\[:\]//|\[://\])"
    r"|(?<=\w)[ ]?[\[({<](?P<sign>[.@:]|dot|at|punkt|punto|arroba)[\])}>][ ]?(?=\w)"
    r"|(?<=\d)(?P<spaced>[ ](?:\.|dot|punkt|punto)[ ]|\\\.|[ ]?\[dot\][ ]?)(?=\d)"
    r"|(?<=[A-Za-z0-9])(?P<joined>_at_)(?=[A-Za-z0-9-]{1,60}_dot_[A-Za-z])|(?<=[A-Za-z0-9])(?P<point>_dot_)(?=[A-Za-z]{2,24}\b)"
)
_SIGNS = {"dot": ".", "punkt": ".", "punto": ".", "at": "@", "arroba": "@"}
# What every defanged address contains; one search for it, along with others, spares most texts the edits.
DEFANGED = (
    r"(?i)h(?:xx|\*\*|__)ps?\S{0,3}//"
    r"|[\[({<](?:[.@:]|dot|at|punkt|punto|arroba|://)[\])}>]|\d (?:\.|dot|punkt|punto) \d"
    r"|\d\\\.\d|_dot_"
)
_SIGN = re.compile("[@.]")
APART = (
    r"(?:^|[^\w@.])[\w@.+](?:[ _-]| ?[@.] ?)[\w@.+](?:[ _-]| ?[@.] ?)[\w@.+](?:[ _-]| ?[@.] ?)[\w@.+](?:[ _-]| ?[@.] ?)"
)
# Six and more signs that stand alone, parted by spaces, underscores or hyphens: "a n n @ c o r p . c o m".
_APART = (
    r"(?:^|[^\w@.])((?:[\w+](?: | ?[@.] ?)){5,200}[\w+]"
    r"|(?:[\w@.+]-){7,200}[\w@.+]|(?:[A-Za-z0-9@.+]_){7,200}[A-Za-z0-9@.+])"
    r"(?:$|[^\w@])"
)
_PARTING = str.maketrans("", "", " _-")


def refanged(reading: Reading) -> Reading:
    """Return the reading with signs of addresses written plainly: "[.]", "(dot)", "[at]", "hxxp"."""
    return reading.edited("refanged", ((*found.span(), _sign(found)) for found in _DISARMED.finditer(reading.text)))


def unspaced(reading: Reading) -> Reading:
    """Return the reading with the letters of an address joined that stand apart."""
    return reading.edited(
        "unspaced",
        (
            (*found.span(1), found[1].translate(_PARTING))
            for found in compiled(_APART).finditer(reading.text)
            if _SIGN.search(found[1])
        ),
    )


def _sign(found: re.Match[str]) -> str:
    if found["scheme"]:
        return f"http{found['secure']}://"
    sign = found["sign"]
    if sign is not None:
        return _SIGNS.get(sign.lower(), sign)
    return "@" if found["joined"] else "."
