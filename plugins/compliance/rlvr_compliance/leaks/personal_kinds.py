"""Kinds of personal data: their forms, their checks, and the words that stand beside the weak ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

_START = r"\b"
_END = r"\b"
# Letters and digits may touch a number that words run into ("code is010594Y9021").
_GLUED = r"(?:\b|[a-z]{2})"
# One sign, or a line end, between the groups of a number; an optimiser writes other signs than people do.
_SIGN = r"[ \t]{0,2}[\n._/x*|:,\x60~+-]?[ \t]{0,2}"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = (
    r"(?i:\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d{4}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:\d{4}|\d{2})"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[- ](?:of )?{_MONTH}\.?(?:[-, ]{{1,2}}\d{{2,4}})?|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|(?:0?[1-9]|1[0-2])/\d{4}|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]))"
)
# Top-level domains of addresses that are written without a scheme, or in words: the frequent ones, and country codes.
_TLD = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|dev|app|io|ai|co|me|tv|cc|xyz|online|site|shop|store|tech|cloud|blog|club|live"
    r"|news|email|agency|digital|world|space|solutions|systems|academy|us|uk|ca|au|nz|ie|in|sg|za|ng|de|at|ch|fr|be|nl|lu|es|pt|it|pl|cz"
    r"|sk|hu|ro|bg|gr|se|no|dk|fi|ee|lv|lt|ua|ru|tr|il|ae|sa|eg|jp|kr|cn|tw|hk|th|vn|id|ph|my|br|mx|ar|cl|pe|eu|asia|mobi|test|example)"
)
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
_NAME_LOCAL = r"[A-Za-z0-9][\w.+-]{0,63}"
_AT = r"(?:\s{0,2}[\[({<]{1,2}\s?(?i:at|@|arroba)\s?[\])}>]{1,2}\s{0,2}|\s{1,2}(?i:at|arroba)\s{1,2}|\s{0,2}@\s{0,2})"
_DOT = r"(?:\s{0,2}[\[({<]{1,2}\s?(?i:dot|\.|punkt|punto)\s?[\])}>]{1,2}\s{0,2}|\s{1,2}(?i:dot|punkt|punto)\s{1,2}|\s?\.\s?)"
_EMAIL = (
    rf"({_LOCAL}@(?:[\w-]{{1,63}}\.){{1,8}}(?:xn--[A-Za-z0-9-]{{2,59}}|[A-Za-z]{{2,24}}))\b"
    rf"|\b({_NAME_LOCAL}(?:{_DOT}[\w+-]{{1,40}}){{0,2}}{_AT}[A-Za-z0-9][\w-]{{0,62}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}(?i:{_TLD}))\b"
)
_PLATES_IN = (
    r"(?:A[NPRS]|B[RH]|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[GNRS]|U[KP]|WB)"
)

Region: TypeAlias = Literal[
    "us", "uk", "eu", "de", "es", "it", "fi", "pl", "se", "tr", "in", "kr", "sg", "th", "ph", "au", "ca", "ng", "za"
]


class PersonalKind(msgspec.Struct, frozen=True):
    """One kind of personal data.

    Attributes:
        pattern: Its forms; the first group that matches is the datum.
        check: The name of its check: one of ``checksums.py``, or a module of python-stdnum; "" for none.
        sure: The form that is a datum wherever it occurs; "" if every form is. The other forms count only beside a word.
        beside: The words, as a pattern, one of which must be near a form that is not sure.
        regions: The regions that have it; () for a kind of all regions.
        hint: A cheaper pattern that occurs in every text with such a datum; "" for the pattern itself.
        is_glued: Whether a word may run into it.
    """

    pattern: str
    check: str = ""
    sure: str = ""
    beside: str = ""
    regions: tuple[Region, ...] = ()
    hint: str = ""
    is_glued: bool = False


_NEVER = r"[^\s\S]"
"""A form of which none is sure."""

KINDS: Mapping[str, PersonalKind] = {
    "IBAN_CODE": PersonalKind(
        r"\b((?i:[A-Z]{2}\d{2}(?:[ \n._-]?[A-Z0-9]){11,30}))" + _END, "iban", hint=r"(?i)\b[A-Z]{2}\d{2}[ \n._-]?[A-Z0-9]{2}"
    ),
    "IP_ADDRESS": PersonalKind(
        r"((?:[0-9A-Fa-f]{1,4}:){1,7}(?::|[0-9A-Fa-f]{1,4}:)[0-9A-Fa-f:.]{0,45}|::[0-9A-Fa-f][0-9A-Fa-f:.]{0,45}|(?:\d{1,3}\.){3}\d{1,3})"
        r"|(?:^|[^\w:])(::)(?:$|[^\w:])",
        "ip", sure=r".*\d.*", beside=r"\bip|address|cidr|subnet",
        hint=r"\d\.\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f]:[0-9A-Fa-f]{0,4}:|::[0-9A-Fa-f]|(?:^|[^\w:])::(?:$|[^\w:])",
    ),
    "EMAIL_ADDRESS": PersonalKind(
        _EMAIL, "email", hint=r"@|(?i:[\[({<]\s?(?:at|arroba|dot)|\s(?:dot|punkt|punto)\s)"
    ),
    "CREDIT_CARD": PersonalKind(
        rf"\b((?:\d[ -]?){{12,18}}\d)\b|\b([3-6]\d{{3}}{_SIGN}\d{{4}}{_SIGN}\d{{4}}{_SIGN}\d{{4}}|3[47]\d\d{_SIGN}\d{{6}}{_SIGN}\d{{5}})\b",
        "card", hint=rf"\d{{4}}{_SIGN}\d{{4}}{_SIGN}\d{{4}}|\d{{4}}{_SIGN}\d{{6}}{_SIGN}\d{{5}}|(?:\d[ -]){{6}}\d",
    ),
    "US_SSN": PersonalKind(
        r"\b(\d{3}(?:-\d{2}-|\.\d{2}\.|/\d{2}/| \d{2} )\d{4}|\d{3}-\d{6}|\d{5}-\d{4}|\d{9}|(?:\d[ -]{1,3}){8}\d)\b", "ssn",
        sure=r"\d{3}[-./]\d{2}[-./]\d{4}", beside="ssn|s[. ]s[. ]n|social.?sec|soc\\.? sec", regions=("us",),
    ),
    "US_NPI": PersonalKind(r"\b([12]\d{3}[ -]?\d{3}[ -]?\d{3})\b", "npi", sure=_NEVER, beside="npi|provider", regions=("us",)),
    "ABA_ROUTING_NUMBER": PersonalKind(_START + r"([0123678]\d{3}-?\d{4}-?\d)" + _END, "us.rtn", sure=_NEVER, beside="aba|routing|bank", regions=("us",)),
    "MAC_ADDRESS": PersonalKind(
        r"\b((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}"
        r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})\b",
        "mac"),
    "TH_TNIN": PersonalKind(_START + r"([1-8]\d{12})" + _END, "thai", regions=("th",)),
    "TR_NATIONAL_ID": PersonalKind(_START + r"([1-9]\d{10})" + _END, "tr.tckimlik", regions=("tr",)),
    "IN_AADHAAR": PersonalKind(_START + r"([2-9]\d{3}[ :-]?\d{4}[ :-]?\d{4})" + _END, "in_.aadhaar", regions=("in",)),
    "AU_ABN": PersonalKind(_START + r"(\d{2} ?\d{3} ?\d{3} ?\d{3})" + _END, "au.abn", sure=_NEVER, beside="abn|business number", regions=("au",)),
    "AU_ACN": PersonalKind(_START + r"(\d{3} ?\d{3} ?\d{3})" + _END, "au.acn", sure=_NEVER, beside="acn|company", regions=("au",)),
    "AU_TFN": PersonalKind(_START + r"(\d{3} ?\d{3} ?\d{3})" + _END, "au.tfn", sure=_NEVER, beside="tfn|tax file", regions=("au",)),
    "CA_SIN": PersonalKind(_START + r"(\d{3}[ -]?\d{3}[ -]?\d{3})" + _END, "ca.sin", sure=_NEVER, beside="sin\\b|social insurance", regions=("ca",)),
    "ES_NIE": PersonalKind(_START + r"((?i:[XYZ]-?\d{7}-?[A-Z]))" + _END, "es.nie", regions=("es", "eu")),
    "ES_NIF": PersonalKind(r"\b(\d{7,8}[ -]?(?i:[A-Z]))\b", "es.dni", regions=("es", "eu")),
    "FI_PERSONAL_IDENTITY_CODE": PersonalKind(
        _GLUED + r"(\d{6}[-+A-FU-Y]\d{3}[0-9A-Z])\b", "finnish", regions=("fi", "eu"), is_glued=True
    ),
    "IT_FISCAL_CODE": PersonalKind(
        r"(?i)\b([A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z])\b", "it.codicefiscale", regions=("it", "eu")),
    "IT_VAT_CODE": PersonalKind(r"\b(\d(?:[ ._-]?\d){10})\b", "it.iva", sure=_NEVER, beside="iva|vat", regions=("it", "eu")),
    "PL_PESEL": PersonalKind(_START + r"(\d{11})" + _END, "pl.pesel", regions=("pl", "eu")),
    "SE_PERSONNUMMER": PersonalKind(
        _GLUED + r"(\d{6,8}[-+]?\d{4})\b", "se.personnummer", sure=r"\d{6,8}[-+]\d{4}", beside="person|pnr|born|född",
        regions=("se", "eu"), is_glued=True,
    ),
    "SE_ORGANISATIONSNUMMER": PersonalKind(_START + r"(\d{6}-?\d{4})" + _END, "se.orgnr", sure=_NEVER, beside="org", regions=("se", "eu")),
    "SG_UEN": PersonalKind(_START + r"(\d{8,9}[A-Z]|[TSR]\d{2}[A-Z]{2}\d{4}[A-Z])" + _END, "sg.uen", sure=_NEVER, beside="uen|entity", regions=("sg",)),
    "UK_NHS": PersonalKind(_START + r"(\d{3}[ -]?\d{3}[ -]?\d{4})" + _END, "gb.nhs", sure=_NEVER, beside="nhs|health", regions=("uk",)),
    "CRYPTO": PersonalKind(_START + r"((?:(?i:bc1)[a-zA-HJ-NP-Z0-9]{25,87}|[13][a-zA-HJ-NP-Z0-9]{25,34}))" + _END, "crypto"),
    "AU_MEDICARE": PersonalKind(_START + r"([2-6]\d{3} ?\d{5} ?\d)" + _END, "medicare", sure=_NEVER, beside="medicare", regions=("au",)),
    "DE_TAX_ID": PersonalKind(_START + r"([1-9]\d{10})" + _END, "tax_id", sure=_NEVER, beside="steuer|idnr|identifikation|tax", regions=("de", "eu")),
    "DE_VAT_ID": PersonalKind(r"\b((?i:DE)[ .-]?(?:\d[ .-]?){8}\d)\b", regions=("de", "eu")),
    "DE_LANR": PersonalKind(_START + r"(\d{9})" + _END, "lanr", sure=_NEVER, beside="lanr|arzt", regions=("de", "eu")),
    "DE_HEALTH_INSURANCE": PersonalKind(r"\b((?i:[A-Z])[ -]?\d{9})\b", "kvnr", regions=("de", "eu")),
    "DE_SOCIAL_SECURITY": PersonalKind(_START + r"(\d{2} ?\d{6} ?[A-Z] ?\d{3})" + _END, "rvnr", regions=("de", "eu")),
    "DE_ID_CARD": PersonalKind(_START + r"((?i:[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{7}\d))" + _END, "icao", regions=("de", "eu")),
    "ES_PASSPORT": PersonalKind(_START + r"((?i:[A-Z]{3}\d{6}))" + _END, sure=_NEVER, beside="pasaporte|passport", regions=("es", "eu")),
    "IN_GSTIN": PersonalKind(
        _START + r"((?i:(?:0[1-9]|[12]\d|3[0-7]|97)[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]))" + _END, regions=("in",)),
    "IN_PAN": PersonalKind(
        r"\b((?i:[A-Z]{5}\d{4}[A-Z]))\b", sure=r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]", beside="pan\\b|permanent account", regions=("in",)
    ),
    "IN_PASSPORT": PersonalKind(_START + r"([A-Z][1-9]\d{2} ?\d{3}[1-9])" + _END, sure=_NEVER, beside="passport", regions=("in",)),
    "IN_VOTER": PersonalKind(_START + r"((?i:[A-Z]{3}\d{7}))" + _END, sure=_NEVER, beside="voter|epic", regions=("in",)),
    "IT_DRIVER_LICENSE": PersonalKind(_START + r"((?i:[A-Z]{2}\d{7}[A-Z]|U1[B-DF-HJ-NP-TV-Z0-9]{7}[A-Z]))" + _END, sure=_NEVER, beside="patente|licen", regions=("it", "eu")),
    "IT_IDENTITY_CARD": PersonalKind(
        _START + r"((?i:[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2}|[A-Z]{2} ?\d{5}[A-Z]{2}))" + _END, sure=_NEVER, beside="identit|carta|cie|document", regions=("it", "eu")),
    "KR_BRN": PersonalKind(_START + r"(\d{3}-?\d{2}-?\d{5})" + _END, "brn", sure=_NEVER, beside="brn|사업자|business", regions=("kr",)),
    "KR_RRN": PersonalKind(_START + r"(\d{6}-?[1-4]\d{6})" + _END, "birth_date", regions=("kr",)),
    "KR_FRN": PersonalKind(_START + r"(\d{6}-?[5-8]\d{6})" + _END, "birth_date", regions=("kr",)),
    "KR_DRIVER_LICENSE": PersonalKind(r"\b((?:1[1-9]|2[0-8])[- ]?\d{2}[- ]?\d{6}[- ]?\d{2})\b", sure=r"\d\d-\d\d-\d{6}-\d\d", beside="licen|면허", regions=("kr",)),
    "KR_PASSPORT": PersonalKind(_START + r"((?i:[MSRODG]\d{3}[A-Z]\d{4}|[MSRODG]\d{8}))" + _END, sure=_NEVER, beside="passport|여권", regions=("kr",)),
    "MEDICAL_LICENSE": PersonalKind(_START + r"([ABCDEFGHJKLMPRSTUX][A-Z9]\d{7})" + _END, "dea", sure=_NEVER, beside="dea|licen|certificate", regions=("us",)),
    "NG_NIN": PersonalKind(_START + r"(\d{11})" + _END, "verhoeff", sure=_NEVER, beside="nin\\b|national id", regions=("ng",)),
    "SG_NRIC_FIN": PersonalKind(_START + r"((?i:[A-Z]\d{7}[A-Z]))" + _END, regions=("sg",)),
    "UK_NINO": PersonalKind(_START + r"((?i:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]))" + _END, "nino", regions=("uk",)),  # one pattern, one line
    "UK_POSTCODE": PersonalKind(_START + r"((?i:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2}))" + _END, sure=r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", beside="post ?code|address|street|road|lane|avenue|london", regions=("uk",)),  # one pattern, one line
    "UK_DRIVING_LICENCE": PersonalKind(
        r"\b((?i:[A-Z9]{5}[ -]?\d[0156]\d[0-3]\d\d[ -]?[A-Z9]{2}\d[A-Z]{2}))\b", regions=("uk",)
    ),
    "US_ITIN": PersonalKind(_START + r"(9\d{2}[- ]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]?\d{4})" + _END, sure=r"9\d\d-\d\d-\d{4}", beside="itin|taxpayer", regions=("us",)),
    "US_MBI": PersonalKind(
        _START + r"((?i:[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?"
        r"[AC-HJKMNP-RT-Y]{2}\d{2}))" + _END, regions=("us",)),
    "ZA_ID_NUMBER": PersonalKind(_START + r"(\d{13})" + _END, "south_african", regions=("za",)),
    "PHONE_NUMBER": PersonalKind(
        r"(?:^|[^\w.+-])((?:\+ ?\d|00[ -]?[1-9])\d{0,2}(?:[ ./()-]{0,3}\d){6,13}|\(?\d{2,5}\)?(?:[ ./-]{1,2}\(?\d{1,6}\)?){1,5}|\d{7,14})\b", "phone",
        hint=r"\+ ?\d|\d\)?[ ./-]\(?\d{2}|\d{7}",
    ),
    "URL": PersonalKind(
        r"(?i)\b(https?://[^\s\"'<>)\]]{3,500}|(?:www\.)?(?:[a-z0-9][a-z0-9-]{0,62}\.){1,6}" + _TLD + r"(?:/[^\s\"'<>)\]]{0,300})?)(?:$|[^\w@-])", "url",
        sure=r"(?i)(?:https?://|www\.)[^\n]*", beside="site|url|web|domain|link|visit",
    ),
    "DATE_TIME": PersonalKind(rf"\b({_DATE})\b", sure=r"[^/]*(?:\d{4}|T)[^/]*|.*/.*/.*", beside="date|on|until|since|today"),
    "DATE_OF_BIRTH": PersonalKind(rf"\b({_DATE})\b", sure=_NEVER, beside=r"born|birth|\bdob\b|d\.o\.b|geboren|geburt|\bnée?\b|naissance|nacid|nacim|nat[oa]\b|nascita|född"),
    "US_PASSPORT": PersonalKind(r"\b((?i:[A-Z]\d{8})|\d{9})\b", sure=_NEVER, beside="passport|travel document", regions=("us",)),
    "US_DRIVER_LICENSE": PersonalKind(
        r"\b((?i:[A-Z]{1,2}\d{3,13}[A-Z]?|[A-Z]\d{14}|[A-Z]\d{18}|\d{2}[A-Z]{3}\d{5,6}|\d{7,9}[A-Z]{1,2}|\d{3}[A-Z]{2}\d{4}|[A-Z]\d[A-Z]\d[A-Z])|\d{6,14}|\d{16})\b",
        sure=_NEVER, beside=r"driv\w{2,3}'?s? licen|\bdl\b|licen[cs]e (?:no|num|#)|permit", regions=("us",),
    ),
    "US_BANK_NUMBER": PersonalKind(r"\b(\d{8,17})\b", sure=_NEVER, beside=r"account|acct|\bbank", regions=("us",)),
    "UK_PASSPORT": PersonalKind(r"\b((?i:[A-Z]{2}\d{7})|\d{9})\b", "uk_passport", sure=_NEVER, beside="passport|travel document", regions=("uk",)),
    "UK_VEHICLE_REGISTRATION": PersonalKind(
        r"\b((?i:[A-HJ-PR-Y]{2}(?:0[2-9]|[12]\d|5[1-9]|6\d|7\d) ?[A-HJ-PR-Z]{3}|[A-HJ-NPR-TV-Y]\d{1,3} ?[A-HJ-PR-Y][A-HJ-PR-Z]{2}|[A-HJ-PR-Y]{3} ?\d{1,3} ?[A-HJ-NPR-TV-Y]))\b",
        sure=_NEVER, beside="plate|vehicle|regist|\\breg\\b|\\bcar\\b|\\bvan\\b|\\bdvla", regions=("uk",),
    ),
    "DE_PASSPORT": PersonalKind(r"\b((?i:[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{7}\d))\b", "icao", sure=_NEVER, beside="pass|ausweis", regions=("de", "eu")),
    "DE_FUEHRERSCHEIN": PersonalKind(r"\b((?i:[A-Z]{2}\d{8}[0-9A-Z]|[A-Z]\d{2}[0-9A-Z]{6}\d[0-9A-Z]))\b", "fuehrerschein", sure=_NEVER, beside="führerschein|fahrerlaubnis|licen|fuehrerschein", regions=("de", "eu")),
    "DE_HANDELSREGISTER": PersonalKind(r"\b((?i:HR[AB][ -]?\d{1,6}(?: ?[A-Z]{1,2}\b)?))", regions=("de", "eu")),
    "DE_KFZ": PersonalKind(
        r"(?:^|[^\w-])((?i:[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4}[EH]?))\b", sure=_NEVER, beside="kennzeichen|kfz|plate|fahrzeug|auto|wagen", regions=("de", "eu")
    ),
    "DE_PLZ": PersonalKind(r"\b(\d{5})\b", "plz", sure=_NEVER, beside="plz|postleitzahl|straße|str\\.|postcode|zip", regions=("de", "eu")),
    "DE_TAX_NUMBER": PersonalKind(
        r"\b(\d{2,3}[/ ]\d{3,4}[/ ]\d{4,5}|(?:0[1-9]|1[0-6]|2[1-8]|3[0-2]|4[01]|5[1-3]|9\d)\d{11})\b", sure=r"\d{2,3}/\d{3,4}/\d{4,5}", beside=r"steuer|st\.?-?\s?nr|tax", regions=("de", "eu")
    ),
    "DE_BSNR": PersonalKind(r"\b(\d{9})\b", sure=_NEVER, beside="bsnr|betriebsst|praxis", regions=("de", "eu")),
    "IT_PASSPORT": PersonalKind(r"\b((?i:[A-Z]{2}\d{7}))\b", sure=_NEVER, beside="passaporto|passport", regions=("it", "eu")),
    "TR_LICENSE_PLATE": PersonalKind(
        r"\b((?i:(?:0[1-9]|[1-7]\d|8[01])[ -]?[A-PR-VYZ]{1,3}[ -]?\d{2,5}))\b", sure=_NEVER, beside="plaka|plate|araç|vehicle", regions=("tr",)
    ),
    "IN_VEHICLE_REGISTRATION": PersonalKind(
        rf"\b((?i:{_PLATES_IN}[ -]?\d{{1,2}}[ -]?[A-Z]{{0,3}}[ -]?\d{{4}}|{_PLATES_IN}[ -]?\d{{4}}|\d\d ?BH ?\d{{4}} ?[A-Z]{{1,2}}|\d{{1,3}}(?:CD|CC|UN)\d{{1,4}}))\b",
        sure=_NEVER, beside="plate|vehicle|regist|\\brto\\b|\\bcar\\b", regions=("in",),
    ),
    "NG_VEHICLE_REGISTRATION": PersonalKind(r"\b((?i:[A-Z]{3}[ -]?\d{3}[ -]?[A-Z]{2}))\b", sure=_NEVER, beside="plate|vehicle|regist|\\bcar\\b", regions=("ng",)),
    "PH_TIN": PersonalKind(r"\b(\d{3}-?\d{3}-?\d{3}(?:-?\d{3,5})?)\b", "ph_tin", sure=r"\d{3}-\d{3}-\d{3}(?:-\d{3,5})?", beside=r"\btin\b|tax", regions=("ph",)),
}  # fmt: skip

SUPPORTED = frozenset(KINDS)
EVERYWHERE: tuple[str, ...] = ("CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER")
"""Kinds that are looked for by default, besides the US_SSN; other kinds without a region only if they are named."""


def kinds_of(regions: tuple[Region, ...]) -> tuple[str, ...]:
    """Return the kinds of some regions, and those of all regions."""
    return (*EVERYWHERE, *(name for name, kind in KINDS.items() if not set(kind.regions).isdisjoint(regions)))
