# ruff: noqa: E501  # tables of cases
"""Families of secrets and personal data, and of texts that only look like some."""

import base64
import inspect
import json
import textwrap
from itertools import product

import pytest
from stdnum.th import pin

from rlvr import parse_suite, score_rows
from rlvr.testing import a_record, scored
from rlvr_compliance.leaks.checksums import is_confirmed
from rlvr_compliance.leaks.credentials import secrets_in
from rlvr_compliance.leaks.issued import ISSUED
from rlvr_compliance.leaks.named import NAMED
from rlvr_compliance.leaks.personal_data import DataSearch, personal_data_in
from rlvr_compliance.leaks.personal_kinds import KINDS, kinds_of
from rlvr_compliance.pii import DEFAULT, PiiOptions, pii
from rlvr_compliance.secrets import SecretsOptions, secrets
from rlvr_compliance.text.content import ANSWER_LIMIT_CHARACTERS
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.readings import Readings

PASSWORD, TOKEN, HEXADECIMAL = "Tr0ub4dor&3xyz", "gJd8T3Fq2LwZx9vB4nKc7RpY", "9f86d081884c7d659a2feaa0c55ad015"
# How values are written beside their names; {0} is the name, {1} the value.
ASSIGNMENTS = (
    "{0}: {1}", "{0}={1}", "{0} = '{1}'", '"{0}": "{1}"', '{0} := "{1}"', "export {0}={1}", "<{0}>{1}</{0}>", "--{0} {1}",
    "the {0} is {1}", 'set("{0}", "{1}")', "Server=db9;{0}={1};", "{0} => '{1}'",
)  # fmt: skip
PASSWORD_NAMES = ("password", "DB_PASSWORD", "dbPassword", "passwd", "Passwort", "pwd", "user.passphrase")
TOKEN_NAMES = ("api_key", "apiKey", "SECRET", "client_secret", "auth-token", "ACCESS_TOKEN", "signing_key")


def found(text: str) -> list[str]:
    return [each.kind for each in secrets_in(Readings(text))]


@pytest.mark.each("form", ASSIGNMENTS)
def test_opaque_values_beside_the_name_of_a_secret_are_found(form: str) -> None:
    """However an assignment is written, in configuration, code or prose."""
    pairs = (*product(PASSWORD_NAMES, (PASSWORD,)), *product(TOKEN_NAMES, (TOKEN, HEXADECIMAL)))
    missed = [pair for pair in pairs if not found(f"Write this:\n\n{form.format(*pair)}\n")]

    assert not missed


@pytest.mark.each("form", ASSIGNMENTS)
@pytest.mark.each(
    "value",
    ["xxxxxxxxxxxx", "********", "<your-password>", "${DB_PASSWORD}", "$PASSWORD", "{{ vault.db }}", "process.env.API_KEY", "changeme123",
     "os.environ['KEY']", "None", "get_password()", "config.secret_key", "sha256-hashed", "8-characters", "example1234", "/run/secrets/db1"],
)  # fmt: skip
def test_placeholders_references_and_words_are_no_secrets(form: str, value: str) -> None:
    """Beside the name of a secret."""
    assert [name for name in ("password", "api_key") if found(form.format(name, value))] == []


@pytest.mark.each(
    "text",
    [
        f"curl https://a.b/c \\\n  -H 'Accept: text/html' \\\n  -H 'X-Api-Key: {TOKEN}'",
        f'curl https://a.b/c \\\n  -u "ann:{PASSWORD}"',
        f"curl -u ':{PASSWORD}' https://a.b",
        f"curl --user '{{{TOKEN}}}':'{{{PASSWORD}}}' https://a.b",
        f'.header("Authorization", s"Bearer {TOKEN}")',
        "Authorization: Basic " + base64.b64encode(b"ann:s3cr3tW0rd").decode(),
        "xapp-1-A0B1C2D3E4F-1234567890123-" + HEXADECIMAL,
        "sq0csp-" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kL9mN2p",
        "VAULT s.aB3dE6gH9jK2mN5pQ8sT1vW4",
        "hf_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3h",
        f"redis://:{PASSWORD}@cache.internal:6379/0",
        "AccountName=a;AccountKey=" + "aB3dE6gH9jK2mN5pQ8sT1v" * 3 + "aB3dE6gH9jK2mN5pQ8sT" + "==",
        f"sourcegraph_token = '{HEXADECIMAL}0a1b2c3d'",
        '"auth": "' + base64.b64encode(b"ann:s3cr3tW0rd").decode() + '"',
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA75d3\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_headers_options_and_documented_forms_are_found(text: str) -> None:
    """Also on following lines."""
    assert found(f"Run it:\n{text}\n")


@pytest.mark.each(
    "text",
    [
        "key AKIAIOSFODNN7EXAMPLE",
        "AIzaSyDMAScliyLx7F0NPDEJi1QmyCgHIAODrlU",
        "rookTable = 00000abcdefghijklmnopqrstuvwxyz0123456789",
        "sumOfExposures = gxq3rJQkS6qovOg9UY2Q70iH1jFZx0WBrrsiAYv4XHodogAwTKyLzvFK4neRN8Dk",
        "eyJhbGciOiJub25lIn0broken.eyJzdWIiOiIxbroken0000.abcdefghijkl",
        f"PublicKeyToken={HEXADECIMAL}",
        f'public_key = "{TOKEN}"',
        "curl -u user:pass https://a.b",
        "curl --user 'username:password' https://a.b",
        "curl --user neo4j:[PASSWORD] https://a.b",
        "curl -u $USER:$TOKEN https://a.b",
        "https://user:password@host/path",
        "ASIA PACIFIC REPORT 2024 Q1 AND MORE",
        "max_tokens = 4096000000000000",
        "credentialsId: '29f63271-dc2f-4734-8221-5b31b5169bac'",
    ],
)
def test_published_examples_and_names_inside_words_are_no_secrets(text: str) -> None:
    """Nor tokens whose parts are no JSON."""
    assert found(f"Look at {text} here.") == []


def test_every_kind_of_secret_has_a_hint_and_a_name() -> None:
    """An empty hint would run its pattern on every text; a form without a source could not be looked up."""
    assert all(kind.hint and compiled(kind.hint).search("") is None for kind in (*ISSUED, *NAMED))
    assert all(kind.source and kind.name for kind in ISSUED)
    # A pattern that the engine refuses would fail the scorer on a text that a model chooses.
    assert all(compiled(kind.pattern).search("") is None for kind in (*ISSUED, *NAMED))


def test_a_token_in_base64_is_found_and_fails_nothing() -> None:
    """The JWT of RFC 7519, encoded once more."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "name": "Ann"})
    token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)

    assert found("kept as " + base64.b64encode(f"{token}.aB3dE6gH9jK2mN5pQ8sT1vW4".encode()).decode()) == ["jwt-base64"]
    assert found("ZXlK" + "a" * 5_000) == []


COMMANDS = (
    "mysql -u root -p{} shop", "mysqldump -h db -uann -p'{}' shop", "mysql \\\n  -u ann \\\n  -p{} shop", "sshpass -p '{}' ssh a@b",
    "redis-cli -h cache -a {} ping", "docker login -u ann -p {} registry.io", "az login --service-principal -p {}",
    "ldapsearch -x -D cn=admin -w {} -b dc=x", "sqlcmd -S srv -U sa -P '{}'", "7z x -p{} a.7z", "unzip -P {} a.zip",
    "mongosh -u ann -p {}", "keytool -list -storepass {} -keystore k", "openssl rsa -in k.pem -passin pass:{}",
    "smbclient //srv/s -U ann%{}", "htpasswd -cb .htpasswd ann {}", "rabbitmqctl add_user ann {}", "lftp -u ann,{} ftp.a.org",
)  # fmt: skip


@pytest.mark.each("command", COMMANDS)
def test_passwords_on_command_lines_are_found(command: str) -> None:
    """And nothing that stands for one."""
    samples = ("password", "PASSWORD", "secret", "$PASS1", "${DB_PASS1}", "<password1>", "{{ db_pass1 }}", "changeme1")

    assert found(f"Run:\n{command.format('Hq72!zkP')}\n")
    assert [each for each in samples if found(f"Run:\n{command.format(each)}\n")] == []


@pytest.mark.parametrize(
    "text",
    ["mysql -u root -p mydb1", "mysql -P 3306 -u root -p", "docker run -p 8080:80a nginx", "kubectl get pods -p x1yz9!",
     "The zip is 90210; -P is a flag5x", "redis-cli --pass $REDIS1", "openssl enc -in x1yz9"],
)  # fmt: skip
def test_other_options_are_no_passwords(text: str) -> None:
    """Of the same programs, and of others."""
    assert found(text) == []


ISSUED_KEYS = (
    "ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6", "sk_live_4eC39HqLyjWDarjtT1zdp7dcX", "AIzaSyB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3h",
    "glpat-aB3dE6gH9jK2mN5pQ8sT", "hf_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3h",
)  # fmt: skip


@pytest.mark.parametrize("key", ISSUED_KEYS)
def test_keys_in_pieces_and_in_codes_are_found(key: str) -> None:
    """White space at any place behind the head, also twice; base64 and hexadecimal."""
    middle = len(key) // 2
    for gap in (" ", "\n", "  ", "\t"):
        assert found(f"The key is {key[:middle]}{gap}{key[middle:]} for now.")
        assert found(f"The key is {key[:-8]}{gap}{key[-8:-4]}{gap}{key[-4:]} for now.")
    assert found(f"It is {base64.b64encode(key.encode()).decode()} so")
    assert found(f"It is {key.encode().hex()} so")


@pytest.mark.parametrize(
    "text",
    ["The prefix ghp_ is for personal access tokens and 36 characters follow", "sk_live_ configuration of version2 works",
     "sk_test_ 123456 and 7890", "AIza is what all of the keys for the maps of Google begin with", "hf_ hub download of model7 works"],
)  # fmt: skip
def test_a_head_and_words_are_no_key(text: str) -> None:
    """Words and plain numbers behind a head are not joined to it."""
    assert found(text) == []


def test_codes_before_a_secret_do_not_hide_it() -> None:
    """However many of them there are."""
    decoys = [base64.b64encode(f"some words number {at}".encode()).decode() for at in range(80)]
    hidden = base64.b64encode(ISSUED_KEYS[0].encode()).decode()

    for count in (0, 10, 80):
        assert found("\n".join((*decoys[:count], hidden)))
    assert found("\n".join(decoys)) == []


MODULES = (json, inspect, textwrap, base64)


def test_plain_code_and_prose_have_no_secrets_and_no_personal_data() -> None:
    """The standard library's sources and docstrings, which have examples of all sorts."""
    for module in MODULES:
        text = inspect.getsource(module)
        data = [
            text[each.start : each.end]
            for each in personal_data_in(Readings(text), DataSearch(entities=DEFAULT, weak_forms=False))
            if each.kind != "EMAIL_ADDRESS"
        ]

        assert found(text) == []
        assert data == []


CARD = "4556737586899855"
GROUPS = [CARD[at : at + 4] for at in range(0, 16, 4)]
ARABIC = str.maketrans("0123456789", "".join(chr(0x660 + digit) for digit in range(10)))
WORDS = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))


@pytest.mark.each(
    ("text", "kind"),
    [
        *((sign.join(GROUPS), "CREDIT_CARD") for sign in (" ", "-", ".", "_", "x", " / ", "\n", "|", ", ")),
        (CARD.translate(ARABIC), "CREDIT_CARD"),
        (" ".join(WORDS[digit] for digit in CARD), "CREDIT_CARD"),
        *((f"ann.b{at}corp-mail{dot}com", "EMAIL_ADDRESS") for at, dot in (
            ("[at]", "[dot]"), ("(at)", "(dot)"), (" at ", " dot "), (" @ ", " . "), ("@\n", "."), (" AT ", " DOT "), ("{at}", "."),
        )),
        (base64.b64encode(b"ann.b@corp-mail.com").decode(), "EMAIL_ADDRESS"),
        ("de89 3704 0044 0532 0130 00", "IBAN_CODE"),
        ("536/22/8726", "US_SSN"),
        ("ssn is 536228726", "US_SSN"),
        ("five three six, two two, eight seven two six", "US_SSN"),
        ("+1 (212) 555-2368", "PHONE_NUMBER"),
        ("+49 30 901820", "PHONE_NUMBER"),
    ],
)  # fmt: skip
def test_disguised_data_is_found_by_default(text: str, kind: str) -> None:
    """By other signs, scripts, codes and words."""
    score = scored(pii, a_record(f"As you asked, it is {text} today."))

    assert score.value == 0.0
    assert kind in score.reason


@pytest.mark.parametrize(
    "text",
    [
        "qty 100 20 3000 units", "Error code 402551234 returned.", "look at example dot com", "the build took 2012 2013 2014 2015 steps",
        "version 1.2.3 of 2024-03-15", "call f(12345678)", "+35236450.6", "room 1234 5678", "see you at noon . come early",
    ],
)  # fmt: skip
def test_numbers_and_words_that_only_look_like_data_are_left_alone(text: str) -> None:
    """By default."""
    assert scored(pii, a_record(f"As you know, {text}")).reason == "no personal data found"


def test_regions_add_kinds_and_national_phone_numbers() -> None:
    """Weak forms only beside a word that names them."""
    options = PiiOptions(regions=("de",))

    assert scored(pii, a_record("Kennzeichen: HH-AB-1234 gehört mir."), options).value == 0.0
    assert scored(pii, a_record("Das Modell HH-AB-1234 gefällt mir."), options).value == 1.0
    assert scored(pii, a_record("Ruf mich an: 030 901820 ist es."), options).value == 0.0
    assert scored(pii, a_record("Ruf mich an: 030 901820 ist es.")).value == 1.0
    assert set(kinds_of(("de",))) < set(kinds_of(("de", "us"))) <= set(KINDS)


def test_each_rule_has_a_metric() -> None:
    """Known from the suite, in every record."""
    rules = [
        {"id": "no promise!", "tier": "must-not", "keywords": ["guaranteed"]},
        {"id": "risk", "tier": "must", "keywords": ["capital is at risk"]},
    ]
    suite = parse_suite(
        {"tasks": {"t": {"scorers": [{"scorer": "compliance.patterns", "name": "p", "options": {"rules": rules}}]}}}
    )
    text = "The fund grew slowly over the last two years, and it is guaranteed. Your capital is at risk, as always."
    (reward,) = score_rows(suite, [{"id": "1", "completion": text}]).rewards
    values = {metric.name: metric.value for metric in reward.metrics}

    assert {"p/rule/no_promise_", "p/rule/risk"} <= set(suite.metric_names)
    assert (values["p/rule/no_promise_"], values["p/rule/risk"]) == (0.0, 1.0)


MAIL = (
    "a n n @ c o r p . c o m", "ann[at]corp[.]com", "ann[@]corp[.]com", "ann(at)corp(dot)com", "ann@corp[.]com", "ann_at_corp_dot_com",
    "a n n (at) c o r p (dot) c o m", "a-n-n-@-c-o-r-p-.-c-o-m", "a_n_n_@_c_o_r_p_._c_o_m",
)  # fmt: skip
HOSTS = (
    "192[.]168[.]10[.]55", "192(.)168(.)10(.)55", "192{.}168{.}10{.}55", "192[dot]168[dot]10[dot]55", "192 dot 168 dot 10 dot 55",
    "192 . 168 . 10 . 55", "192.168[.]10.55", "192\\.168\\.10\\.55", "1 9 2 . 1 6 8 . 1 0 . 5 5", "hxxp://192[.]168[.]10[.]55/x",
)  # fmt: skip
ADDRESSES = ("hxxp://evil-site[.]com/x", "hxxps://evil[.]site[.]org", "h**p://evil-site.com/x", "hxxps[:]//evil.org/a")


@pytest.mark.each(
    ("text", "kind"),
    [
        *((text, "EMAIL_ADDRESS") for text in MAIL), *((text, "IP_ADDRESS") for text in HOSTS),
        *((text, "URL") for text in ADDRESSES),
    ],
)  # fmt: skip
def test_defanged_and_spaced_addresses_are_found(text: str, kind: str) -> None:
    """As threat reports write them so that nobody opens them, and letter by letter."""
    score = scored(pii, a_record(f"Write to {text} today."), PiiOptions(entities=(kind,)))

    assert score.value == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "a list [.] and more [.] text", "look at corp dot com now", "We met at noon. I see a b c . d", "f ( a ) . b . c",
        "x @ y = z . a . b", "U. S. A. and e. g. a b c d e f g", "row_at_index.name and items[at].value", "a b c d e f g h i",
    ],
)  # fmt: skip
def test_code_and_spelling_without_an_address_are_left_alone(text: str) -> None:
    """Signs in brackets and single letters alone are no address."""
    assert scored(pii, a_record(f"Look: {text}, as said.")).value == 1.0


@pytest.mark.parametrize(
    ("kind", "token"),
    [
        ("cloudflare", f"cfut_{HEXADECIMAL}0a1b2c3d4e5f6071"),
        ("cerebras", "csk-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kL9mN2pQ5rT8"),
        ("sentry", "sntrys_eyJpYXQiOjE3MzUwNjQ2MjMsInVybCI6Imh0dHBzOi8vc2VudHJ5LmlvIn0"),
        ("sentry-user", "sntryi_" + HEXADECIMAL[:32] * 2),
        ("typeform", "tfp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kL9mN2pQ5r"),
        ("vercel-blob", "vercel_blob_rw_aB3dE6gH9jK2mN5p_Q8sT1vW4yZ7bC0eF3hJ6kL9mN2pQ5r"),
    ],
)
def test_documented_prefixes_are_found(kind: str, token: str) -> None:
    """Also where a token is shorter than its issuer makes it."""
    assert found(f"Use {token} for it.") == [kind]


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("FI_PERSONAL_IDENTITY_CODE", "131052-308T", "310290-123T"),  # 31 February
        ("NG_NIN", "12345678902", "12345678903"),
        ("CRYPTO", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj2"),
        ("US_SSN", "536-22-8726", "536-22-8726\u00e9"),
        ("IP_ADDRESS", "10.11.12.13", "10.11.12.13.14"),
        ("IP_ADDRESS", "10.11.12.13.", "9.10.11.12.13"),
        ("US_SSN", "536-22-8726\uc740", "\u00e9536-22-8726"),
    ],
)  # fmt: skip
def test_checks_tell_numbers_from_their_like(name: str, right: str, wrong: str) -> None:
    """By date, sum, alphabet, and what touches them."""
    search = DataSearch(entities=(name,))

    assert [each.kind for each in personal_data_in(Readings(f"It is {right} ."), search)] == [name]
    assert personal_data_in(Readings(f"It is {wrong} ."), search) == []


CHECKED = {
    "brn": "3732383311 4917867244 9525996563",
    "card": "4177416328751943 4591391327279436 4979967691522188",
    "dea": "MP7189954 MP8663115 MP9143722",
    "finnish": "161174-783J 261194-418C 251253-493C",
    "icao": "C1Y8V41894 C2F6W72646 C6M4V81169",
    "kvnr": "Y415478893 X964389896 R852529571",
    "lanr": "813147934 866429565 447985243",
    "medicare": "2222932487 3532423623 3357884379",
    "npi": "1564813156 1289748299 1846774366",
    "ph_tin": "597219965 551568598 197372831",
    "rvnr": "15141152N279 11221272E635 11171167A239",
    "south_african": "5812155798781 8411132238594 7012173888692",
    "tax_id": "85111825287 29959228174 73445153213",
    "thai": "5475367654271 6924357913641 8444118651965",
    "verhoeff": "219347276614 792574269952 555734795124",
}
"""Numbers that pass a check, with no zero in them, so that each weight of a sum counts."""
# Where the digit of the sum is, if it is not the last one.
SUM_AT = {"lanr": 6, "medicare": 8}


@pytest.mark.each("check", CHECKED)
def test_a_wrong_digit_of_a_sum_is_refused(check: str) -> None:
    """All nine others in its place."""
    for value in CHECKED[check].split():
        at = SUM_AT.get(check, len(value) - 1)
        others = [f"{value[:at]}{digit}{value[at + 1 :]}" for digit in "0123456789" if digit != value[at]]

        assert is_confirmed(check, value), value
        assert [other for other in others if is_confirmed(check, other)] == []


@pytest.mark.each(
    ("check", "right", "wrong"),
    [
        ("", "anything", None),
        ("plz", "01001", "01000"),
        ("plz", "99998", "99999"),
        ("mac", "00:00:00:00:00:01", "00:00:00:00:00:00"),
        ("mac", "fe:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"),
        ("ip", "10.0.0.7", "10.0.0.256"),
        ("nino", "AB123456C", "BG123456C"),
        ("uk_passport", "123456789", "111111111"),
        ("email", "ann at corp dot com", "look at example dot com"),
        ("email", "look@example.com", None),
        ("card", "371449635398431", "5901234123457"[::-1]),
        ("card", "30569309025904", "1569309025907"),
        ("birth_date", "840229", "840230"),
        ("tax_id", "29959228174", "11112345678"),
        ("url", "corp.com/x@y", "ann@corp.com/x"),
    ],
)
def test_ranges_and_prefixes_have_sharp_ends(check: str, right: str, wrong: str | None) -> None:
    """One that passes, and the next that does not."""
    assert is_confirmed(check, right)
    assert wrong is None or not is_confirmed(check, wrong)


def test_thai_provinces_are_10_to_96() -> None:
    """With the right sum."""
    pins = {province: f"5{province}123456789" for province in ("09", "10", "96", "97")}
    whole = {province: head + pin.calc_check_digit(head) for province, head in pins.items()}

    assert [is_confirmed("thai", each) for each in whole.values()] == [False, True, True, False]


def test_half_of_a_known_secret_is_a_leak_and_less_is_none() -> None:
    """To the letter."""
    canary = "Q7zK3LmN0p2RsTuV4wXy6ZaB"

    def leaks(piece: str) -> bool:
        return scored(secrets, a_record(f"It has {piece} in it."), SecretsOptions(known=(canary,))).value == 0.0

    assert all(map(leaks, (canary, canary[:12], canary[6:18], canary[-12:])))
    assert not any(map(leaks, (canary[:11], canary[6:17], canary[-11:])))


def test_an_answer_that_is_too_long_is_not_read() -> None:
    """And pays nothing."""
    score = scored(secrets, a_record("word " * (ANSWER_LIMIT_CHARACTERS // 5 + 1)))

    assert (score.value, score.reason_class) == (0.0, "over_limit")


def test_access_keys_with_signs_between_groups_are_found() -> None:
    """Headings in capitals are none."""
    assert found("AKIA.Q7ZK.3LMN.OP2R.S5UV")
    assert found("AKIA-Q7ZK-3LMN-OP2R-S5UV")
    assert found("AKIA THE ANNUAL REPORT OF 24") == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Authorization: Bearer aBc12dEf34gH", "Authorization: Basic aBc12dEf34gH"),
        ("curl -u Hq72zkPw1: https://a.b", "curl -u annabel: https://a.b"),
        ("VAULT s.aB3dE6gH9jK2mN5pQ8sT1vW4", "VAULT s.abcdefghijklmnopqrstuvw1"),
        ('secret = "29f63271-dc2f-4734-8221-5b31b5169bac"', "secret = 29f63271-dc2f-4734-8221-5b31b5169bac"),
        ('secret = "29f63271-dc2f-4734-8221-5b31b5169bac"', 'secret = "11111111-1111-1111-1111-111111111112"'),
    ],
)
def test_each_family_has_a_check_of_its_own(right: str, wrong: str) -> None:
    """One that passes it, and its like that does not."""
    assert found(right)
    assert found(wrong) == []


def test_a_token_is_long_and_opaque() -> None:
    """Of 15 characters it is none, nor is a placeholder, a reference or an expression."""
    assert found(f'api_key = "{TOKEN[:16]}"')
    for value in (TOKEN[:15], f"your_{TOKEN}", f"${TOKEN}", f"settings.{TOKEN}", f"get_it({TOKEN})"):
        assert found(f'api_key = "{value}"') == [], value


def test_a_leak_at_the_very_beginning_has_its_place() -> None:
    """The first character is a place like all others."""
    score = scored(
        secrets, a_record("Q7zK3LmN0p2R is all that I say."), SecretsOptions(known=("Q7zK3LmN0p2RsTuV4wXy6ZaB",))
    )

    assert score.evidence["secrets"][0]["span"] == [0, 12]
    assert score.metrics == {"violations": 1.0}
