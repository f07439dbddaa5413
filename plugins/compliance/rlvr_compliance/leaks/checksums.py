"""Checks of personal numbers: the sum, range or date that tells one from a number of the same form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from operator import mul


def is_confirmed(check: str, value: str) -> bool:
    """Return whether a value passes a check: one of those below, or the checksum of a module of python-stdnum.

    Args:
        check: The name of the check; "" passes every value.
        value: The value as it is written.
    """
    if not check:
        return True
    plain = "".join(filter(str.isalnum, value)).upper()
    own = _OWN.get(check)
    if own:
        return own(value)
    if check == "es.dni":
        plain = plain.zfill(9)  # a leading zero may be left out
    return bool(import_module(f"stdnum.{check}").is_valid(value if check == "bitcoin" else plain))


def _iban(value: str) -> bool:
    """Check the remainder of an IBAN; words in capitals that follow it are not part of it."""
    parts = re.split(r"[^A-Z0-9]", value.upper())
    iban = import_module("stdnum.iban")
    return any(iban.is_valid("".join(parts[:count]), check_country=False) for count in range(len(parts), 0, -1))


def _ip(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value.rstrip("."))
    except ValueError:
        return False
    return address.version == 4 or value.count(":") > 1  # noqa: PLR2004  # version 4


def _luhn(digits: str) -> bool:
    return bool(import_module("stdnum.luhn").is_valid(digits))


def _card(value: str) -> bool:
    digits = "".join(filter(str.isdigit, value))
    return digits[0] in "13456" and not (digits[0] == "1" and len(digits) == 13) and _luhn(digits)  # noqa: PLR2004  # an EAN


_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32M = 0x2BC830A3  # the constant of BIP-350
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _crypto(value: str) -> bool:
    """Check a Bitcoin address: by python-stdnum, and bech32m of Taproot by BIP-350, which it lacks."""
    if import_module("stdnum.bitcoin").is_valid(value):
        return True
    plain = value.lower()
    if (
        not plain.startswith("bc1p")
        or value not in {plain, value.upper()}
        or any(each not in _BECH32 for each in plain[3:])
    ):
        return False
    total = 1
    for each in (3, 3, 0, 2, 3, *map(_BECH32.index, plain[3:])):
        top, total = total >> 25, (total & 0x1FFFFFF) << 5 ^ each
        for at, term in enumerate(_BECH32_GENERATOR):
            total ^= term if top >> at & 1 else 0
    return total == _BECH32M


def _phone(value: str) -> bool:
    """Check a number in international form by the plans of all countries."""
    return is_phone(value, ())


def is_phone(value: str, countries: tuple[str, ...]) -> bool:
    """Return whether a number is one of the numbering plan of its country code, or of one of some countries."""
    library = import_module("phonenumbers")
    for country in (None,) if value.startswith("+") else countries:
        try:
            if library.is_valid_number(library.parse(value, country)):
                return True
        except library.NumberParseException:
            continue
    return False


# Words before "at" that make a place of what follows, not an address: "look at example dot com".
_NO_LOCAL = frozenset(
    "look us me it is are was be buy shop sold store available found hosted only out site located work works live "
    "lives meet arrive stay stays visit start starts aim point stop arrived and or not here there them him her "
    "prices stocks items up online".split()
)


# Accounts of services for source code, which are nobody's: "git@github.com:psf/requests.git".
_SERVICES = ("git@", "hg@", "svn@")


def _email(value: str) -> bool:
    """Refuse words that happen to stand before "at", and addresses of several words."""
    words = value.lower().split()
    if words[0].startswith(_SERVICES):
        return False
    return words[0] not in _NO_LOCAL or "at" not in words


def _plz(value: str) -> bool:
    return "01001" <= value <= "99998"


def _ph_tin(value: str) -> bool:
    """Check the ninth digit: eight digits weighed by 9 to 2, modulo 11."""
    digits = value.replace("-", "")
    return _weighed(digits, (9, 8, 7, 6, 5, 4, 3, 2), 11) == int(digits[8])


def _url(value: str) -> bool:
    return "@" not in value.partition("/")[0]


def _uk_passport(value: str) -> bool:
    return not value.isdigit() or len(set(value)) > 1


def _fuehrerschein(value: str) -> bool:
    """Accept the forms of German licences: two letters of the office with nine places, or one with ten."""
    return value[:2].isalpha() or len(value) == 11  # noqa: PLR2004  # the length of the card's number


def _npi(value: str) -> bool:
    """Check as the issuer says: Luhn over the number with 80840 before it."""
    digits = "".join(filter(str.isdigit, value))
    return len(set(digits[:-1])) > 1 and _luhn(f"80840{digits}")


def _ssn(value: str) -> bool:
    digits = "".join(filter(str.isdigit, value))
    return bool(import_module("stdnum.us.ssn").is_valid(f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"))


def _thai(value: str) -> bool:
    """Check the sum and the province, which is 10 to 96."""
    return "10" <= value[1:3] <= "96" and bool(import_module("stdnum.th.pin").is_valid(value))


def _finnish(value: str) -> bool:
    """Check the control character: the birth date and number, modulo 31."""
    try:
        date(2000 + int(value[4:6]), int(value[2:4]), int(value[:2]))
    except ValueError:
        return False
    return value[10] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(value[:6] + value[7:10]) % 31]


def _mac(value: str) -> bool:
    digits = set(filter(str.isalnum, value.lower()))
    return digits not in ({"0"}, {"f"})


def _weighed(digits: str, weights: Sequence[int], modulus: int) -> int:
    total: int = sum(map(mul, map(int, digits), weights))
    return total % modulus


def _medicare(value: str) -> bool:
    """Check the ninth digit: the weighted sum of the eight before it."""
    digits = value.replace(" ", "")
    return _weighed(digits, (1, 3, 7, 9, 1, 3, 7, 9), 10) == int(digits[8])


def _lanr(value: str) -> bool:
    """Check the seventh digit of a physician's number: six digits weighed by 4 and 9 in turn, to the next ten."""
    return (10 - _weighed(value, (4, 9, 4, 9, 4, 9), 10)) % 10 == int(value[6])


def _crossed(digits: str, weights: Sequence[int]) -> int:
    """Sum the cross sums of weighted digits, as German social insurance numbers do."""
    return sum(sum(divmod(product, 10)) for product in map(mul, map(int, digits), weights))


def _kvnr(value: str) -> bool:
    """Check the last digit of a health insurance number; its letter counts as its place in the alphabet."""
    plain = "".join(filter(str.isalnum, value)).upper()
    digits = f"{ord(plain[0]) - 64:02d}{plain[1:]}"
    return _crossed(digits, (1, 2) * 5) % 10 == int(plain[9])


def _rvnr(value: str) -> bool:
    """Check the last digit of a pension insurance number."""
    plain = value.replace(" ", "")
    digits = f"{plain[:8]}{ord(plain[8]) - 64:02d}{plain[9:]}"
    return _crossed(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)) % 10 == int(plain[11])


def _tax_id(value: str) -> bool:
    """Check a German tax number by ISO 7064; no digit stands in it more than three times."""
    most = max(map(value.count, set(value)))
    return most <= 3 and bool(import_module("stdnum.iso7064.mod_11_10").is_valid(value))  # noqa: PLR2004  # three


def _icao(value: str) -> bool:
    """Check the last digit of a document by ICAO 9303 (weights 7, 3, 1); T and eight digits have none."""
    if value[0] in "tT" and value[1:].isdigit():
        return True
    digits = [int(each, 36) for each in value[:-1]]
    return sum(digit * (7, 3, 1)[at % 3] for at, digit in enumerate(digits)) % 10 == int(value[-1])


def _dea(value: str) -> bool:
    """Check the last digit of a DEA number: odd places once, even places twice."""
    digits = [int(digit) for digit in value[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def _begins_with_date(value: str) -> bool:
    """Check the birth date that a number begins with; of Korean ones, the last digits are drawn by lot since 2020."""
    try:
        date(2000, int(value[2:4]), int(value[4:6]))
    except ValueError:
        return False
    return True


def _brn(value: str) -> bool:
    """Check the last digit of a Korean business number."""
    digits = value.replace("-", "")
    total = _weighed(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), 1_000) + int(digits[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(digits[9])


def _south_african(value: str) -> bool:
    """Check the birth date and the sum."""
    return _begins_with_date(value) and _luhn(value)


def _verhoeff(value: str) -> bool:
    return bool(import_module("stdnum.verhoeff").is_valid(value))


def _nino(value: str) -> bool:
    """Refuse prefixes that are not given out."""
    return value[:2].upper() not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


_OWN: Mapping[str, Callable[[str], bool]] = {
    "birth_date": _begins_with_date,
    "brn": _brn,
    "card": _card,
    "crypto": _crypto,
    "dea": _dea,
    "email": _email,
    "finnish": _finnish,
    "fuehrerschein": _fuehrerschein,
    "iban": _iban,
    "icao": _icao,
    "ip": _ip,
    "kvnr": _kvnr,
    "lanr": _lanr,
    "mac": _mac,
    "medicare": _medicare,
    "nino": _nino,
    "npi": _npi,
    "ph_tin": _ph_tin,
    "phone": _phone,
    "plz": _plz,
    "rvnr": _rvnr,
    "south_african": _south_african,
    "ssn": _ssn,
    "tax_id": _tax_id,
    "thai": _thai,
    "uk_passport": _uk_passport,
    "url": _url,
    "verhoeff": _verhoeff,
}
