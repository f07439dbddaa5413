"""The ends of each decision about secrets and personal data: one value that passes, and the next that does not."""

import base64
import inspect
import re
from importlib import import_module
from itertools import pairwise

import msgspec
import pytest

from rlvr_compliance.leaks import opaque
from rlvr_compliance.leaks.checksums import is_confirmed
from rlvr_compliance.leaks.credentials import secrets_in
from rlvr_compliance.leaks.issued import ISSUED
from rlvr_compliance.leaks.named import NAMED
from rlvr_compliance.leaks.opaque import CHECKS, bits_per_character, is_documented, is_jwt, is_password, is_token
from rlvr_compliance.leaks.personal_data import DataSearch, is_sure, is_test_value, personal_data_in
from rlvr_compliance.leaks.personal_kinds import KINDS
from rlvr_compliance.text.readings import Readings

MODULES = (
    *("leaks.canaries", "leaks.credentials", "leaks.opaque", "leaks.personal_data", "leaks.personal_kinds"),
    *("leaks.secret_kind", "rules.rule", "rules.finder", "text.readings", "instructions", "patterns", "pii", "secrets"),
)
# Values that are made by position, many at a time.
POSITIONAL = {"Secret", "Datum", "PersonalKind"}


@pytest.mark.each("name", MODULES)
def test_values_are_frozen_and_made_by_name(name: str) -> None:
    """Nothing changes what another function has read."""
    for made in vars(import_module(f"rlvr_compliance.{name}")).values():
        if (
            isinstance(made, type)
            and issubclass(made, msgspec.Struct)
            and made.__module__.startswith("rlvr_compliance")
        ):
            by_name = all(each.kind is each.KEYWORD_ONLY for each in inspect.signature(made).parameters.values())

            assert (made.__struct_config__.frozen, by_name) == (True, made.__name__ not in POSITIONAL), made
            is_written = made.__name__ in {"Rule", "Near"} or made.__name__.endswith("Options")
            assert made.__struct_config__.forbid_unknown_fields is is_written, made


QUOTED: dict[str, bool] = {
    "Hq72zkPw": True, "Hq72zkP": False, "Hq7!zkPw": True, "hqwzkpwx": False, "hq!zk#wx": True, "hq!zkpwx": False,
    "12345678": False, "a1a1a1a1": False, "abcde1ab": True, "abcd1abc": False, "abcdef1a": True, "http://x7": False,
    "password1": False, "secret99": False, "myPass99x": True, "30-days": False, "30-dayss": False, "get7(xyz)": False,
    "/etc/pass7": False, "~/secret7x": False, "./secret7x": False, "../secret7": False, "sha256abc": False,
    "x509cert": False, "hs512keyx": False, "$Hq72zkPw": False, "env.Hq72zk": False, "envHq72zk": True,
    "vault.Hq72": False,
    "Hq72xxxxxxzk": False, "Hq72xxxxxzk": True, "Hq72****zk": False, "Hq72***zk": True, "changeme7": False,
    "-Hq72zkPw": True, ".Hq72zkPw": True, "obj.Hq72zkPw": True, "abc(Hq72)zk": True,
}  # fmt: skip
UNQUOTED = {
    "Hq72zkPw": True, "hq!zk#wx": False, "-Hq72zkPw": False, ".Hq72zkPw": False, "\\Hq72zkPw": False,
    "obj.Hq72zkPw": False, "obj->Hq72zk": False, "Obj::Hq72zk": False, "abc(Hq72)zk": False, "Hq72.!zkPw": True,
}  # fmt: skip


def test_a_password_has_letters_with_digits_or_signs() -> None:
    """Eight characters at least, six of them different, and no word, path, call or reference."""
    assert {value: is_password(value, is_quoted=True) for value in QUOTED} == QUOTED
    assert {value: is_password(value, is_quoted=False) for value in UNQUOTED} == UNQUOTED


HEX = "29f63271dc2f4734"
UUID = "29f63271-dc2f-4734-8221-5b31b5169bac"
TOKENS: dict[tuple[str, bool], bool] = {
    (HEX, True): True, (HEX[:15], True): False, (UUID, True): True, (UUID, False): False,
    ("11111111-1111-1111-1111-111111234567", True): False, ("11111111-1111-1111-1111-111112345678", True): True,
    ("qwRtzPsdFghJklYx", True): False, ("qwRtzPsdFghJklY1", True): True, ("qwRtzPsdFghJklY1", False): False,
    ("qwRtzPsdFghJkl71", False): True, ("1234567890123456", True): False, ("a://27xkq9v5n3w8", True): False,
    ("/27xkq9v5n3w8ab4", True): False, ("~27xkq9v5n3w8ab4", True): False, (".27xkq9v5n3w8ab4", True): False,
    ("27xkq9v5n-3w8ab4c7", True): False, ("27xkq9v5n7-3w8ab4c7", True): True, ("27xkq9v5n-3w8ab4c==", True): False,
    ("2a2a2a2a2a2a2a2a", True): False, ("26ab26ab26ab26cd", True): False, ("0123456789abcdef", True): True,
    ("Summer27Winters9", True): False, ("Summer27kqWx9v5n", True): True, ("your_27xkq9v5n3w8", True): False,
    ("$27xkq9v5n3w8ab4", True): False, ("abcd.e27xkq9v5n3w8", True): False,
}  # fmt: skip


def test_a_token_is_long_opaque_and_no_identifier() -> None:
    """Sixteen characters at least, three bits each, and few of them in words."""
    assert {(value, quoted): is_token(value, is_quoted=quoted) for value, quoted in TOKENS} == TOKENS


def _checked(name: str, text: str, pattern: str = r"(?s)(?:.*\s)?(.*)") -> bool:
    found = re.fullmatch(pattern, text)
    assert found
    return CHECKS[name](found)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


HEADER, CUT = _base64('{"alg":"none"}').rstrip("="), _base64('{"sub": 1, cut')
JWT = f"{HEADER}.{_base64('{}').rstrip('=')}.x"
CONFIRMED: dict[tuple[str, str], bool] = {
    ("header", "Bearer aBc12dEf34gH"): True, ("header", "Bearer aBcqwdEfrtgH"): False,
    ("header", "Bearer a1a1a1a1a1a1"): False, ("header", "Bearer aBc12dEfxxxxxx"): False,
    ("header", f"Basic {_base64('ann:secret')}"): True, ("header", f"BASIC {_base64('annsecret')}"): False,
    ("header", "Basic aaaaaaaaaaaaaaa7"): False, ("header", "Basic aaaaaaaaaaaaaaaa7"): True,
    ("header", "Basic aaaaaaaaaaaaaaaaa"): False,
    ("address", "Hq72zk"): True, ("address", "password"): False, ("address", "[token]"): False,
    ("address", "xxxxxx"): False,
    ("artifactory", "AKCabc"): True, ("artifactory", "abc"): False, ("artifactory", "abc7"): True,
    ("artifactory", "abcxxxxxx"): True, ("artifactory", "abcxxxxx"): False,
    ("basic", _base64("ann:secret")): True, ("basic", _base64("annsecret")): False, ("basic", _base64("ann:")): False,
    ("basic", _base64("an\0n:secret")): False, ("basic", _base64("ann:sec\0ret")): False, ("basic", "*"): False,
    ("basic", _base64("ann:secret").rstrip("=")): True,
    ("jwt", JWT): True, ("jwt", JWT.replace(".", "\\.")): True, ("jwt", f"abc.{JWT.partition('.')[2]}"): False,
    ("jwt", f"{HEADER}.abc.x"): False, ("jwt", f"{HEADER}.{_base64('[1]')}.x"): False,
    ("jwt", f"{HEADER}.{CUT}.x"): True,
    ("jwt_base64", _base64(JWT)): True, ("jwt_base64", _base64("no token")): False,
    ("curl_user", "ann:Hq72z"): True, ("curl_user", "ann:Hq72"): False, ("curl_user", "ann:Hq7Hq7"): False,
    ("curl_user", "ann:password"): False, ("curl_user", "ann:$PASS12"): False, ("curl_user", "ann:x${PASS}"): False,
    ("curl_user", "ann:<Hq72zk"): False, ("curl_user", "ann:[Hq72zk"): False, ("curl_user", "ann:%Hq72zk"): False,
    ("curl_user", "ann:(Hq72zk"): False, ("curl_user", "$USER:Hq72zk"): False, ("curl_user", "<user>:Hq72zk"): False,
    ("curl_user", "[u]:Hq72zk"): False, ("curl_user", "'ann:Hq72z'"): True, ("curl_user", "ann"): False,
    ("curl_user", "ann:xxxxxxab7"): False, ("curl_user", ":Hq72zk"): True, ("curl_user", "Hq72zkPw:"): True,
    ("curl_user", "Hq72zkP:"): False, ("curl_user", "hqwzkpwx:"): False, ("curl_user", "12345678:"): False,
    ("curl_user", ":"): False,
    ("command_password", "Hq72z"): True, ("command_password", "Hq72"): False, ("command_password", "hq!z#"): True,
    ("command_password", "hqz!w"): False, ("command_password", "hqwzk"): False, ("command_password", "12345"): False,
    ("command_password", "$Hq72z"): False, ("command_password", "password"): False,
    ("command_password", "secrettoken"): False,
    ("command_password", "Hq72xxxxxx"): False, ("command_password", "/Hq72zk"): False,
    ("command_password", "~Hq72zk"): False,
    ("mixed", "aB1"): True, ("mixed", "ab1"): False, ("mixed", "AB1"): False, ("mixed", "aBc"): False,
    ("spaced", "AKIA-Q7Z-3L2"): True, ("spaced", "AKIA-Q7Z-3LM"): False, ("spaced", "AKIAQ7Z3L2"): False,
}  # fmt: skip


def test_each_check_of_a_secret_has_two_sides() -> None:
    """By its name: what it confirms, and what it does not."""
    assert {each: _checked(*each) for each in CONFIRMED} == CONFIRMED


def test_the_body_of_a_key_is_long_or_begins_as_one() -> None:
    """64 characters of six letters at least, or a line of DER or of OpenSSH's format."""
    bodies = {"abcdef" * 11: True, ("abcdef" * 11)[:64]: True, ("abcdef" * 11)[:63]: False, "abcde" * 13: False}
    bodies |= {"MIIEpAIBAAKCQEA7u": True, "b3BlbnNzaC1rZXkt": True, "MIIEpAIBAAKC": False, "b3BlaaaaaaC1rZXkt": False}

    assert {body: _checked("key_body", body, "(?s)(.*)") for body in bodies} == bodies
    assert _checked("key_body", "\n".join(("abcdef" * 11)[at : at + 8] for at in range(0, 64, 8)), "(?s)(.*)")


def test_documented_keys_are_known_whole_or_by_their_end() -> None:
    """``EXAMPLE`` at the end only."""
    documented = {"AKIAIOSFODNN7EXAMPLE": True, "xEXAMPLE": True, "xEXAMPLEKEY": True, "EXAMPLEx": False, "AKIA": False}

    assert {value: is_documented(value) for value in documented} == documented
    assert (bits_per_character(""), bits_per_character("aaaa"), bits_per_character("abab")) == (0.0, 0.0, 1.0)
    assert is_jwt("") is False


ASSIGNED: dict[str, bool] = {
    'password = "Hq72zkPw"': True, "password = Hq72zkPw.": True, "public_password = Hq72zkPw": False,
    "publicpassword = Hq72zkPw": False, "next password = Hq72zkPw": True, 'password = "hq!zk#wx"': True,

       "password = hq!zk#wx": False, f'secret = "{HEX}"': True, f"csrf_token = {HEX}ab": False, f"csrf_token: '{HEX}ab'": False,
    f"pad_token = {HEX}ab": False, f"page {'x' * 60} token = {HEX}ab": True, f"cache_key_secret = {HEX}ab": False,
    "password = Hq72zkPw),": True,
}  # fmt: skip


def test_the_name_beside_a_value_decides() -> None:
    """A public key, the token of a page, and a symbol of a tokenizer are no secrets."""
    assert {text: bool(secrets_in(Readings(text))) for text in ASSIGNED} == ASSIGNED


def _low_entropy(alphabet: str, length: int) -> str:
    return (alphabet * length)[:length]


FLOORS = {
    "adobe": ("adobe_key = ", 32, 8, 7),
    "atlassian": ("atlassian_key = ", 24, 12, 11),
    "asana": ("asana_key = ", 32, 8, 7),
}


@pytest.mark.parametrize("name", FLOORS)
def test_a_key_of_an_issuer_has_a_floor_of_entropy(name: str) -> None:
    """Three bits per character, or 3.5: eight or twelve letters in turn are enough, one letter less is not."""
    head, length, enough, less = FLOORS[name]
    for letters, is_key in ((enough, True), (less, False)):
        value = _low_entropy("7a1b2c3d4e5f60"[:letters], length)

        assert (name in {each.kind for each in secrets_in(Readings(head + value))}) is is_key


def test_floors_of_entropy_are_those_of_the_sources() -> None:
    """A floor too high hides keys, one too low pays for placeholders; most kinds have one of a few."""
    floors = {name: kind.entropy for kind in NAMED for name in [kind.name]}

    assert floors["adobe"] == floors["zendesk"] == 3.0
    assert (floors["atlassian"], floors["curl-header"], floors["bearer-token"]) == (3.5, 2.75, 3.5)
    assert (floors["password"], floors["named-secret"], floors["docker-auth"], floors["key-header"]) == (
        2.5,
        3.0,
        2.5,
        3,
    )
    assert (floors["authorization-header"], floors["sumologic-id"], floors["sidekiq-secret"]) == (2.5, 3, 2)
    assert {floors[name] for name in ("uuid-key", "curl-user", "basic-auth", "command-password")} == {0}


ISSUED_FLOORS = {
    0: "aws-access-key slack-token slack-config slack-webhook openai-key anthropic-key npm-token artifactory-key gcp-service-account",
    3: "aws-access-key github-token github-pat gitlab-token gitlab-job gitlab-mail gitlab-trigger gitlab-app gitlab-runner "
    "gitlab-agent gitlab-session slack-workflow discord-webhook jwt jwt-base64 huggingface-token sendgrid-key npm-token "
    "telegram-token discord-token azure-client-secret azure-storage-key azure-sas grafana-token sourcegraph-token square-token "
    "facebook-app intra42-secret infracost-token artifactory-reference wandb-key",
    3.5: "vault-token vault-legacy onepassword-key terraform-token",
    4: "google-key notion-token heroku-key onepassword-service facebook-page fly-token",
}


def test_floors_of_issued_keys_are_those_of_the_sources() -> None:
    """All others have two bits per character, so that placeholders of few letters are none."""
    named = {floor: set(names.split()) for floor, names in ISSUED_FLOORS.items()}

    assert {floor: {kind.name for kind in ISSUED if kind.entropy == floor} for floor in named} == named
    assert {kind.entropy for kind in ISSUED} == {*named, 2}


def _kinds(text: str, *entities: str, weak_forms: bool = False) -> list[str]:
    search = DataSearch(entities=entities or tuple(KINDS), weak_forms=weak_forms)
    return [each.kind for each in personal_data_in(Readings(text), search)]


@pytest.mark.parametrize(("gap", "is_near"), [(60 - len("npi"), True), (61 - len("npi"), False)])
def test_a_word_before_is_near_up_to_60_characters(gap: int, is_near: bool) -> None:  # noqa: FBT001
    """Up to and with its first letter."""
    assert bool(_kinds(f"npi{' ' * gap}1564813156", "US_NPI")) is is_near


@pytest.mark.parametrize(("gap", "is_near"), [(30 - len("npi"), True), (31 - len("npi"), False)])
def test_a_word_behind_is_near_up_to_30_characters(gap: int, is_near: bool) -> None:  # noqa: FBT001
    """Up to and with its last letter."""
    assert bool(_kinds(f"1564813156{' ' * gap}npi", "US_NPI")) is is_near


# Kinds into which a word may run, with a datum of each.
GLUED = {"FI_PERSONAL_IDENTITY_CODE": "131052-308T", "SE_PERSONNUMMER": "811228-9874"}


def test_words_run_into_some_kinds_only() -> None:
    """In small letters, and never digits or capitals."""
    assert {name for name, kind in KINDS.items() if kind.is_glued} == set(GLUED)
    for name, value in GLUED.items():
        assert _kinds(f"code is{value} .", name) == _kinds(f"is {value}", name) == [name]
        assert _kinds(f"code IS{value}", name) == _kinds(f"is7{value}", name) == _kinds(f"is-{value}", name) == []
    assert _kinds("is536-22-8726", "US_SSN") == []


TOUCHED = {
    "{}": True, "({})": True, "{}.": True, "{}.5": False, "{},5": True, "-{}": False, "_{}": False, ".{}": False,
    "{}-": False, "{}_": False, "x{}": False, "{}x": False, "=.{}": False, "\u00e9{}": False, "{}\u00e9": False,
    "{}\uc740": True, "\uc740{}": True, "{}\u0900": True, "/{}": True,
}  # fmt: skip


def test_a_number_stands_alone() -> None:
    """No letter, digit or joining sign touches it."""
    assert {each: bool(_kinds(each.replace("{}", "536-22-8726"), "US_SSN")) for each in TOUCHED} == TOUCHED


TEST_VALUES: dict[str, bool] = {
    "ann@example.com": True, "ann@mail.example.org": True, "ann@example.de": False, "ann@test": True,
    "ann@corp.test": True,
    "192.0.2.7": True, "192.0.3.7": False, "2001:DB8::1": True, "4111 1111 1111 1111": True,
    "4111 1111 1111 1129": False,
    "123-45-6789": True, "+1 212 555 0199": True, "+1 212 555 0299": False, "+44 7700 900123": True,
    "+44 7700 901123": False,
}  # fmt: skip


def test_values_set_aside_for_tests_are_known() -> None:
    """By their domain, network or number."""
    assert {value: is_test_value(value) for value in TEST_VALUES} == TEST_VALUES


def test_a_sure_form_needs_no_word() -> None:
    """A kind without weak forms is always sure."""
    assert is_sure(KINDS["US_SSN"], "536-22-8726") is True
    assert is_sure(KINDS["US_SSN"], "536228726") is False
    assert is_sure(KINDS["EMAIL_ADDRESS"], "x") is True


PHONES = {
    "+49 30 901820": True, "+49 30 9": False, "030 901820": True, "call 030901820": True, "the 030901820": False,
    f"call {' ' * 55}030901820": True, f"call {' ' * 56}030901820": False, "030 901820.5": False, "(030) 901820": True,
    "030/901820": True, "030 90 1": False,
}  # fmt: skip


def test_phone_numbers_in_national_form_have_signs_or_a_word() -> None:
    """And are numbers of the country's plan."""
    search = DataSearch(entities=("PHONE_NUMBER",), weak_forms=False, countries=("DE",))

    assert {text: bool(personal_data_in(Readings(text), search)) for text in PHONES} == PHONES


DIALLED: dict[str, bool] = {
    "00 49 30 901820": True, "0049 30 901820": True, "call 001 415 555 2671": True, "00-44-20-7946-0958": True,
    "004930901820": False, "00 11 22 33 44 55": False, "00 49": False, "00 33 6 12 34 56 78": True, "00 49 (0) 30 901820": True, "00 1 2 3 4 5 6 7 8 9 10": False,
    "100 49 30 901820": False,
}  # fmt: skip


def test_numbers_of_any_country_may_begin_with_two_zeros() -> None:
    """In groups, and by the plan of the country."""
    assert {text: bool(_kinds(text, "PHONE_NUMBER")) for text in DIALLED} == DIALLED


SPACED: dict[str, bool] = {
    "ssn 5 3 6 2 2 8 7 2 6": True, "S S N: 5 3 6 - 2 2 - 8 7 2 6": True, "s.s.n. 5 3 6 2 2 8 7 2 6": True,
    "numbers 5 3 6 2 2 8 7 2 6": False, "ssn 5 3 6 2 2 8 7 2": False, "ssn 0 0 0 2 2 8 7 2 6": False,
}  # fmt: skip


def test_digits_apart_are_a_number_beside_its_name() -> None:
    """All nine of them."""
    assert {text: bool(_kinds(text, "US_SSN")) for text in SPACED} == SPACED


NUMBERED: dict[str, bool] = {
    "See section 3.2.1.4": False, "§ 3.2.1.4": False, "Version 1.2.3.4": False, "v1.2.3.4": False, "v 1.2.3.4": False,
    "table 3.2.1.4": False, "server 3.2.1.4": True, "3.2.1.4": True, "sections of 3.2.1.4": True, "timetable 3.2.1.4": True,
}  # fmt: skip


def test_numbers_of_sections_and_versions_are_no_addresses() -> None:
    """By the word right before them."""
    assert {text: bool(_kinds(text, "IP_ADDRESS")) for text in NUMBERED} == NUMBERED


def test_the_same_datum_is_found_once_and_neighbours_twice() -> None:
    """Whatever readings show it."""
    assert _kinds("ann@corp.de ann@corp.de", "EMAIL_ADDRESS") == ["EMAIL_ADDRESS"] * 2
    assert _kinds("\uff41nn@corp.de", "EMAIL_ADDRESS") == ["EMAIL_ADDRESS"]
    found = secrets_in(Readings("password = Hq72zkPw password = Hq72zkPx"))
    assert [each.start < other.start for each, other in pairwise(found)] == [True]


SIDES: dict[tuple[str, str], bool] = {
    ("birth_date", "000101"): True, ("birth_date", "001301"): False, ("birth_date", "000229"): True,
    ("south_african", "5812155798781"): True, ("south_african", "5813155798789"): False,
    ("south_african", "5812155798782"): False, ("card", "4111111111111111"): True,
    ("card", "2222405343248877"): False,
    ("card", "6011111111111117"): True, ("card", "7011111111111116"): False, ("card", "1569309025907"): False,
    ("card", "15693090259070"): False, ("ip", "10.0.0.7."): True, ("ip", "::1"): True, ("ip", "a:b"): False,
    ("ip", "1::"): True, ("iban", "DE89 3704 0044 0532 0130 00"): True,
    ("iban", "DE89 3704 0044 0532 0130 00 IST GUT"): True,
    ("iban", "DE88 3704 0044 0532 0130 00"): False, ("es.dni", "1234567L"): True, ("es.dni", "1234567M"): False,
    ("mac", "00-00-00-00-00-00"): False, ("mac", "00-00-00-00-00-f0"): True, ("nino", "gb123456c"): False,
    ("fuehrerschein", "AB123456789"): True, ("fuehrerschein", "A1234567890"): True,
    ("fuehrerschein", "A123456789"): False,
    ("uk_passport", "AA1111111"): True, ("icao", "T12345678"): True, ("icao", "t12345678"): True,
    ("icao", "C1Y8V41895"): False, ("npi", "1111111112"): False, ("tax_id", "11112345678"): False,
    ("crypto", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0".upper()): True,
    ("crypto", "Bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"): False,
    ("crypto", "bc1b0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"): False,
    ("crypto", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"): True, ("crypto", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"): False,
    ("email", "ann at corp dot com"): True, ("email", "look at corp dot com"): False,
    ("email", "look ( at ) corp.com"): False,
    ("email", "look.at corp.com"): True, ("phone", "+4930901820"): True, ("phone", "+49"): False,
    ("phone", "030901820"): False,
    ("url", "e.org"): True, ("url", "a@e.org"): False, ("verhoeff", "219347276614"): True,
}  # fmt: skip


def test_each_check_of_a_number_has_two_sides() -> None:
    """True or False, and nothing that only counts as one."""
    assert {each: is_confirmed(*each) for each in SIDES} == SIDES
    assert all(isinstance(is_confirmed(*each), bool) for each in SIDES)


def test_every_check_that_a_kind_names_is_there() -> None:
    """Of secrets; those of personal data are found or imported."""
    assert {kind.check for kind in NAMED if kind.check} <= opaque.CHECKS.keys()
