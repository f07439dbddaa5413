"""Functions that decide whether a value is a secret: no placeholder, no reference to one, no word of a language."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping

# Published example credentials, which open nothing. Sources: AWS General Reference "Understanding and getting your
# AWS credentials"; docs.stripe.com/keys; the samples of github.com/firebase/firebase-android-sdk, which gitleaks lists.
DOCUMENTED = frozenset(
    "AKIAIOSFODNN7EXAMPLE AKIAI44QH8DHBEXAMPLE ASIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY "
    "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY sk_test_4eC39HqLyjWDarjtT1zdp7dc sk_test_BQokikJOvBiI2HlWgH4olfQ2 "
    "AIzaSyabcdefghijklmnopqrstuvwxyz1234567 AIzaSyAnLA7NfeLquW1tJFpx_eQCxoX-oo6YyIs "
    "AIzaSyCkEhVjf3pduRDt6d1yKOMitrUEke8agEM AIzaSyDMAScliyLx7F0NPDEJi1QmyCgHIAODrlU "
    "AIzaSyD3asb-2pEZVqMkmL6M9N6nHZRR_znhrh0 AIzayDNSXIbFmlXbIE6mCzDLQAqITYefhixbX4A "
    "AIzaSyAdOS2zB6NCsk1pCdZ4-P6GBdi_UUPwX7c AIzaSyASWm6HmTMdYWpgMnjRBjxcQ9CKctWmLd4 "
    "AIzaSyANUvH9H9BsUccjsu2pCmEkOPjjaXeDQgY AIzaSyA5_iVawFQ8ABuTZNUdcwERLJv_a_p4wtM "
    "AIzaSyA4UrcGxgwQFTfaI3no3t7Lt1sjmdnP5sQ AIzaSyDSb51JiIcB6OJpwwMicseKRhhrOq1cS7g "
    "AIzaSyBF2RrAIm4a0mO64EShQfqfd2AFnzAvvuU AIzaSyBcE-OOIbhjyR83gm4r2MFCu4MJmprNXsw "
    "AIzaSyB8qGxt4ec15vitgn44duC5ucxaOi4FmqE AIzaSyA8vmApnrHNFE0bApF4hoZ11srVL_n0nvY".split()
)
_DOCUMENTED_END = re.compile(r"EXAMPLE(?:KEY)?$")
_PLACEHOLDER = re.compile(
    r"x{6}|X{6}|\*{4}|0{12}|#{4}|\.{3}|\$\{|\{\{|%\(|<[A-Za-z]|(?i:example|placeholder|your[_-]|insert_|redacted|changeme)"
    r"|(?i:change[_-]me|replace[_-]|dummy|_here\b|todo|fixme|secret_?goes)|alphabet|abcdefghijklmnopqrstuvwxyz"
)


def bits_per_character(text: str) -> float:
    """Return Shannon's entropy of a text's characters, in bits per character."""
    length = len(text)
    return -sum(count / length * math.log2(count / length) for count in Counter(text).values()) if length else 0.0


def is_documented(value: str) -> bool:
    """Return whether a value is an example that an issuer publishes."""
    return value in DOCUMENTED or _DOCUMENTED_END.search(value) is not None


def is_placeholder(value: str) -> bool:
    """Return whether a value stands for a secret, as ``xxxxxx`` and ``<your-key>`` do."""
    return _PLACEHOLDER.search(value) is not None


_REFERENCE = re.compile(
    r"[$@%(\[{<]|(?i:process|os|env|config|settings|self|this|args|var|vault|secrets|data|module)\."
)
_CODE = re.compile(r"[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*)+|[A-Za-z_][\w.]*[(\[].*", re.DOTALL)
_ALGORITHM = re.compile(
    r"(?i)(?:sha|md|aes|rsa|utf|base|bcrypt|pbkdf|argon|scrypt|hs|rs|es|ps|ed|x|v|oauth|iso|rfc)-?\d"
)
_CALL = re.compile(r"[A-Za-z_][\w.]*\([^()]*\)")
_PATHS = ("/", "./", "../", "~")
_COUNTED = re.compile(r"\d{1,3}-?[a-z]+(?:-[a-z]+)*")
_NAMES = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|user(?:name)?|admin|root|test|key|value|string)+"
)
_RUN = re.compile(r"[A-Za-z][a-z]{3,}|[A-Z]{4,}")
_PIECES = re.compile(r"[_\-./:]+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_PASSWORD_LEAST, _TOKEN_LEAST = 8, 16
_PIECE_LEAST = 10
_WORDS_MOST = 0.6


def is_password(value: str, *, is_quoted: bool) -> bool:
    """Return whether a value beside the name of a password is one: letters with digits or several signs."""
    if len(value) < _PASSWORD_LEAST or is_placeholder(value) or _REFERENCE.match(value) or _ALGORITHM.match(value):
        return False
    letters, has_digits = sum(map(str.isalpha, value)), any(map(str.isdigit, value))
    signs = len(value) - letters - sum(map(value.count, "_-./ "))  # of a value without digits
    if not letters or not (has_digits or (is_quoted and signs > 1)) or "://" in value:
        return False
    if _NAMES.fullmatch("".join(filter(str.isalpha, value))) or len(set(value)) < _PASSWORD_LEAST - 2:
        return False
    if _COUNTED.fullmatch(value) or _CALL.fullmatch(value) or value.startswith(_PATHS):
        return False
    return is_quoted or not (_CODE.fullmatch(value) or value[0] in "-.\\")


def is_token(value: str, *, is_quoted: bool) -> bool:
    """Return whether a value beside the name of a token is one: long, and no words, path or identifier."""
    if _UUID.fullmatch(value):
        return is_quoted and len(set(value)) > _PASSWORD_LEAST  # without quotes it is more often an identifier
    if len(value) < _TOKEN_LEAST or is_placeholder(value) or _REFERENCE.match(value) or _CODE.fullmatch(value):
        return False
    digits = sum(map(str.isdigit, value))
    if not any(map(str.isalpha, value)) or digits < (1 if is_quoted else 2) or "://" in value or value[0] in "/~.\\":
        return False
    if max(map(len, _PIECES.split(value.rstrip("=")))) < _PIECE_LEAST:
        return False  # an identifier, a version, the name of a file
    in_words = sum(len(found[0]) for found in _RUN.finditer(value))
    return in_words <= _WORDS_MOST * len(value) and bits_per_character(value) >= 3.0  # noqa: PLR2004  # hex of 16


# The value follows the name in quotation marks, or without them up to white space.
_QUOTES = "\"'`"
_NAMED_OTHERWISE = re.compile(
    r"(?i)(?:public|csrf|xsrf|next|page|continuation|cursor|cancellation|pad|eos|bos|sep|cls|mask|unk|stop|max|min|num"
    r"|primary|foreign|sort|partition|cache|idempotency)[\w-]*$"
)
_IDENTIFIER = re.compile(r"[\w-]+")
_BEFORE = 40


def _is_other_name(found: re.Match[str]) -> bool:
    """Return whether the name is one of another thing, such as a public key, a page or a symbol of a tokenizer."""
    before = found.string[max(0, found.start() - _BEFORE) : found.start()]
    name = _IDENTIFIER.match(found[0])
    return _NAMED_OTHERWISE.search(before + (name[0] if name else "")) is not None


def _assigned(found: re.Match[str]) -> tuple[str, bool]:
    """Return the value beside a name, and whether it is quoted."""
    value, start, end = found[1], found.start(1), found.end(1)
    before, behind = found.string[start - 2 : start], found.string[end : end + 1]
    if before[-1:] == behind and behind in _QUOTES and behind and before != behind * 2:
        return value, True
    return value.rstrip(".,;:!?)}]&|"), False


def _is_assigned_password(found: re.Match[str]) -> bool:
    value, is_quoted = _assigned(found)
    return not _is_other_name(found) and is_password(value, is_quoted=is_quoted)


def _is_assigned_token(found: re.Match[str]) -> bool:
    value, is_quoted = _assigned(found)
    return not _is_other_name(found) and is_token(value, is_quoted=is_quoted)


def _is_header(found: re.Match[str]) -> bool:
    """Confirm the value of a header: Basic is base64 of a user and a password, others are opaque."""
    value = found[1]
    if "basic" in found[0].lower():
        return _is_basic(value)
    return not is_placeholder(value) and any(map(str.isdigit, value)) and bits_per_character(value) >= 3.0  # noqa: PLR2004


def _is_basic(value: str) -> bool:
    return ":" in _decoded(value) or (len(value) > _TOKEN_LEAST and any(map(str.isdigit, value)))


def _is_address(found: re.Match[str]) -> bool:
    """Confirm the password of an address: not the word that manuals write for one."""
    return not _EXAMPLE_USER.fullmatch(found[1]) and not is_placeholder(found[1])


def _is_artifactory(found: re.Match[str]) -> bool:
    """Confirm a key that begins as words do: it has digits, or is the issuer's own sample."""
    return found[1].startswith("AKC") or any(map(str.isdigit, found[1])) or "x" * 6 in found[1]


def _is_basic_auth(found: re.Match[str]) -> bool:
    """Confirm base64 of ``user:password``, as registries and HTTP write it."""
    user, colon, password = _decoded(found[1]).partition(":")
    return bool(colon and user.isprintable() and password and password.isprintable())


def _decoded(value: str) -> str:
    """Return what base64 stands for; "" if a value is not base64."""
    plain = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _is_jwt(found: re.Match[str]) -> bool:
    return is_jwt(found[1])


def is_jwt(value: str) -> bool:
    """Return whether header and payload of a token are base64 of JSON objects (RFC 7519, section 3)."""
    header, _, rest = value.replace("\\", "").partition(".")
    return _is_object(header) and _is_object(rest.partition(".")[0])


def _is_object(segment: str) -> bool:
    text = _decoded(segment)
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        # A payload that is cut, or has bytes that are no UTF-8, still begins as an object.
        return re.match(r'\{\s*"[^"]{1,100}"\s*:', text) is not None


def _is_encoded_jwt(found: re.Match[str]) -> bool:
    return is_jwt(_decoded(found[1]))


_EXAMPLE_USER = re.compile(
    r"(?i)[\"'\[{<]*(?:user(?:name|id)?|my_?user(?:name|id)?|login|pass(?:word|wd)?|my_?pass(?:word)?|token|test|secret|key)"
    r"[\"'\]}>]*"
)
_CURL_QUOTES = "\"'{}"


def _is_curl_user(found: re.Match[str]) -> bool:
    """Confirm ``user:password`` of curl's option -u: neither a variable nor a word that stands for one."""
    user, colon, password = found[1].partition(":")
    user, password = user.strip(_CURL_QUOTES), password.strip(_CURL_QUOTES + ",;")
    secret = password or user
    if not colon or not secret or _EXAMPLE_USER.fullmatch(secret) or is_placeholder(secret):
        return False
    if secret[0] in "$<[%(" or "${" in secret or found[1].lstrip(_CURL_QUOTES)[:1] in {"$", "<", "["}:
        return False
    if not password:
        return len(secret) >= _PASSWORD_LEAST and any(map(str.isdigit, secret)) and any(map(str.isalpha, secret))
    return len(secret) > 4 and len(set(secret)) > 4  # noqa: PLR2004  # shorter passwords are those of manuals


def _is_command_password(found: re.Match[str]) -> bool:
    """Confirm a password of an option: letters with digits or several signs, and neither a variable nor a sample."""
    value = found[1]
    if _REFERENCE.match(value) or is_placeholder(value) or _EXAMPLE_USER.fullmatch(value) or _NAMES.fullmatch(value):
        return False
    letters = sum(map(str.isalpha, value))
    has_more = any(map(str.isdigit, value)) or len(value) - letters > 1
    return letters > 0 and has_more and len(set(value)) > 4 and not value.startswith(_PATHS)  # noqa: PLR2004  # as for curl


def _is_mixed(found: re.Match[str]) -> bool:
    """Confirm a value with capital and small letters and digits."""
    value = found[1]
    return any(map(str.islower, value)) and any(map(str.isupper, value)) and any(map(str.isdigit, value))


# A body of one line of DER, or of OpenSSH's format, is a key that was cut short.
_KEY_HEAD = re.compile(r"M[IC][A-Za-z0-9+/]{14}|b3BlbnNz")
_KEY_BODY_LEAST, _KEY_LETTERS_LEAST = 64, 6


def _is_key_body(found: re.Match[str]) -> bool:
    """Confirm the body of a private key, however much of it is there."""
    body = "".join(found[1].split())
    return len(set(body)) >= _KEY_LETTERS_LEAST and (
        len(found[1]) >= _KEY_BODY_LEAST or _KEY_HEAD.match(body) is not None
    )


def _is_spaced_key(found: re.Match[str]) -> bool:
    digits = sum(map(str.isdigit, found[1]))
    return digits > 2 and not found[1].isalnum()  # noqa: PLR2004  # headings in capitals have a year at most


CHECKS: Mapping[str, Callable[[re.Match[str]], bool]] = {
    "address": _is_address,
    "artifactory": _is_artifactory,
    "basic": _is_basic_auth,
    "command_password": _is_command_password,
    "curl_user": _is_curl_user,
    "header": _is_header,
    "jwt": _is_jwt,
    "jwt_base64": _is_encoded_jwt,
    "key_body": _is_key_body,
    "mixed": _is_mixed,
    "password": _is_assigned_password,
    "spaced": _is_spaced_key,
    "token": _is_assigned_token,
}
