"""Kinds of personal data, and where in a text there are some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rlvr import encodable_text
from rlvr_compliance.leaks.checksums import is_confirmed
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.readings import Reading, canonical

_START = r"\b"
_END = r"\b"


class PersonalKind(msgspec.Struct, frozen=True):
    """One kind of personal data: its pattern, whose group 1 is the datum, and the name of its check."""

    pattern: str
    check: str = ""


# A check that names a module of python-stdnum is its checksum; the others are below.
KINDS: Mapping[str, PersonalKind] = {
    "IBAN_CODE": PersonalKind(r"\b([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30})" + _END, "iban"),
    "IP_ADDRESS": PersonalKind(r"([0-9A-Fa-f:]{0,40}[.:][0-9A-Fa-f:.]{1,45})", "ip"),
    "EMAIL_ADDRESS": PersonalKind(
        r"([\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24}))\b"
    ),
    "CREDIT_CARD": PersonalKind(_START + r"((?:\d[ -]?){12,18}\d)" + _END, "card"),
    "US_SSN": PersonalKind(_START + r"(\d{3}[- .]\d{2}[- .]\d{4})" + _END, "ssn"),
    "US_NPI": PersonalKind(_START + r"([12]\d{3} ?\d{3} ?\d{3})" + _END, "npi"),
    "ABA_ROUTING_NUMBER": PersonalKind(_START + r"([0123678]\d{3}-?\d{4}-?\d)" + _END, "us.rtn"),
    "MAC_ADDRESS": PersonalKind(
        r"\b((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}"
        r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})\b",
        "mac",
    ),
    "TH_TNIN": PersonalKind(_START + r"([1-8]\d{12})" + _END, "thai"),
    "TR_NATIONAL_ID": PersonalKind(_START + r"([1-9]\d{10})" + _END, "tr.tckimlik"),
    "IN_AADHAAR": PersonalKind(_START + r"([2-9]\d{3}[ :-]?\d{4}[ :-]?\d{4})" + _END, "in_.aadhaar"),
    "AU_ABN": PersonalKind(_START + r"(\d{2} ?\d{3} ?\d{3} ?\d{3})" + _END, "au.abn"),
    "AU_ACN": PersonalKind(_START + r"(\d{3} ?\d{3} ?\d{3})" + _END, "au.acn"),
    "AU_TFN": PersonalKind(_START + r"(\d{3} ?\d{3} ?\d{3})" + _END, "au.tfn"),
    "CA_SIN": PersonalKind(_START + r"(\d{3}[ -]?\d{3}[ -]?\d{3})" + _END, "ca.sin"),
    "ES_NIE": PersonalKind(_START + r"((?i:[XYZ]-?\d{7}-?[A-Z]))" + _END, "es.nie"),
    "ES_NIF": PersonalKind(_START + r"(\d{7,8}-?[A-Z])" + _END, "es.dni"),
    "FI_PERSONAL_IDENTITY_CODE": PersonalKind(_START + r"(\d{6}[-+A-FU-Y]\d{3}[0-9A-Z])" + _END, "finnish"),
    "IT_FISCAL_CODE": PersonalKind(
        r"(?i)\b([A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z])\b", "it.codicefiscale"
    ),
    "IT_VAT_CODE": PersonalKind(_START + r"(\d{11})" + _END, "it.iva"),
    "PL_PESEL": PersonalKind(_START + r"(\d{11})" + _END, "pl.pesel"),
    "SE_PERSONNUMMER": PersonalKind(_START + r"(\d{6,8}[-+]?\d{4})" + _END, "se.personnummer"),
    "SE_ORGANISATIONSNUMMER": PersonalKind(_START + r"(\d{6}-?\d{4})" + _END, "se.orgnr"),
    "SG_UEN": PersonalKind(_START + r"(\d{8,9}[A-Z]|[TSR]\d{2}[A-Z]{2}\d{4}[A-Z])" + _END, "sg.uen"),
    "UK_NHS": PersonalKind(_START + r"(\d{3}[ -]?\d{3}[ -]?\d{4})" + _END, "gb.nhs"),
    "CRYPTO": PersonalKind(_START + r"((?:bc1|[13])[a-zA-HJ-NP-Z0-9]{25,59})" + _END, "bitcoin"),
    "AU_MEDICARE": PersonalKind(_START + r"([2-6]\d{3} ?\d{5} ?\d)" + _END, "medicare"),
    "DE_TAX_ID": PersonalKind(_START + r"([1-9]\d{10})" + _END, "tax_id"),
    "DE_VAT_ID": PersonalKind(_START + r"((?i:DE)[ -]?(?:\d[ .-]?){8}\d)" + _END),
    "DE_LANR": PersonalKind(_START + r"(\d{9})" + _END, "lanr"),
    "DE_HEALTH_INSURANCE": PersonalKind(_START + r"([A-Z]\d{9})" + _END, "kvnr"),
    "DE_SOCIAL_SECURITY": PersonalKind(_START + r"(\d{2} ?\d{6} ?[A-Z] ?\d{3})" + _END, "rvnr"),
    "DE_ID_CARD": PersonalKind(_START + r"((?i:[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{7}\d))" + _END, "icao"),
    "ES_PASSPORT": PersonalKind(_START + r"((?i:[A-Z]{3}\d{6}))" + _END),
    "IN_GSTIN": PersonalKind(
        _START + r"((?i:(?:0[1-9]|[12]\d|3[0-7]|97)[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]))" + _END
    ),
    "IN_PAN": PersonalKind(_START + r"([A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z])" + _END),
    "IN_PASSPORT": PersonalKind(_START + r"([A-Z][1-9]\d{2} ?\d{3}[1-9])" + _END),
    "IN_VOTER": PersonalKind(_START + r"((?i:[A-Z]{3}\d{7}))" + _END),
    "IT_DRIVER_LICENSE": PersonalKind(_START + r"((?i:[A-Z]{2}\d{7}[A-Z]|U1[B-DF-HJ-NP-TV-Z0-9]{7}[A-Z]))" + _END),
    "IT_IDENTITY_CARD": PersonalKind(
        _START + r"((?i:[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2}|[A-Z]{2} ?\d{5}[A-Z]{2}))" + _END
    ),
    "KR_BRN": PersonalKind(_START + r"(\d{3}-?\d{2}-?\d{5})" + _END, "brn"),
    "KR_RRN": PersonalKind(_START + r"(\d{6}-?[1-4]\d{6})" + _END, "birth_date"),
    "KR_FRN": PersonalKind(_START + r"(\d{6}-?[5-8]\d{6})" + _END, "birth_date"),
    "KR_DRIVER_LICENSE": PersonalKind(_START + r"((?:1[1-9]|2[0-68])-\d{2}-\d{6}-\d{2})" + _END),
    "KR_PASSPORT": PersonalKind(_START + r"((?i:[MSRODG]\d{3}[A-Z]\d{4}|[MSRODG]\d{8}))" + _END),
    "MEDICAL_LICENSE": PersonalKind(_START + r"([ABCDEFGHJKLMPRSTUX][A-Z9]\d{7})" + _END, "dea"),
    "NG_NIN": PersonalKind(_START + r"(\d{11})" + _END, "verhoeff"),
    "SG_NRIC_FIN": PersonalKind(_START + r"((?i:[A-Z]\d{7}[A-Z]))" + _END),
    "UK_NINO": PersonalKind(_START + r"((?i:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]))" + _END, "nino"),  # noqa: E501  # one pattern, one line
    "UK_POSTCODE": PersonalKind(_START + r"((?i:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2}))" + _END),  # noqa: E501  # one pattern, one line
    "UK_DRIVING_LICENCE": PersonalKind(_START + r"([A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}\d[A-Z]{2})" + _END),
    "US_ITIN": PersonalKind(_START + r"(9\d{2}[- ]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]?\d{4})" + _END),
    "US_MBI": PersonalKind(
        _START + r"((?i:[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?"
        r"[AC-HJKMNP-RT-Y]{2}\d{2}))" + _END
    ),
    "ZA_ID_NUMBER": PersonalKind(_START + r"(\d{13})" + _END, "south_african"),
}  # fmt: skip
SUPPORTED = frozenset(KINDS)


class Datum(msgspec.Struct, frozen=True):
    """One personal datum in a text; ``start`` and ``end`` are characters."""

    kind: str
    start: int
    end: int


def personal_data_in(text: str, entities: tuple[str, ...]) -> list[Datum]:
    """Find personal data of some kinds, each confirmed by its checksum or structure, however it is spelt."""
    raw = Reading("raw", encodable_text(text))
    found = [
        Datum(name, *reading.span(*match.span(1)))
        for reading in dict.fromkeys((raw, canonical(raw)))
        for name in entities
        for match in compiled(KINDS[name].pattern).finditer(reading.text)
        if _stands_alone(reading.text, *match.span(1)) and is_confirmed(KINDS[name].check, match[1])
    ]
    return list(_once(found, len(text)))


def _once(found: Iterable[Datum], length: int) -> Iterator[Datum]:
    """Leave out what another reading has found before, of the same kind at the same place."""
    taken: dict[str, bytearray] = {}
    for each in found:
        marks = taken.setdefault(each.kind, bytearray(length))
        if not any(marks[each.start : each.end]):
            marks[each.start : each.end] = b"\1" * (each.end - each.start)
            yield each


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether no letter, digit or joining mark touches a candidate, which would make it a part of something."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return not (_joins(before) or before in {"-", ".", "_"} or _joins(after) or after in {"-", "_"})


def _joins(character: str) -> bool:
    """Say whether a letter or digit makes one word with Latin ones; Korean particles, say, do not."""
    return character.isalnum() and character < "\u0900"


# RFC 2606, 5737, 3849; the card networks' test numbers; numbers that the SSA has withdrawn since they were printed.
_TEST_DOMAINS = re.compile(r"(?i)@(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$")
_TEST_NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")
_TEST_NUMBERS = frozenset(
    "4111111111111111 4242424242424242 4012888888881881 5555555555554444 5105105105105100 378282246310005 "
    "371449635398431 6011111111111117 6011000990139424 30569309025904 3530111333300000 "
    "078051120 219099999 457555462 123456789".split()
)


def is_test_value(value: str) -> bool:
    """Say whether a value is one that is set aside for documentation and tests, and so nobody's."""
    if "@" in value:
        return _TEST_DOMAINS.search(value) is not None
    digits = "".join(filter(str.isdigit, value))
    return value.lower().startswith(_TEST_NETWORKS) or digits in _TEST_NUMBERS
