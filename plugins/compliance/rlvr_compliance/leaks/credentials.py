"""Kinds of keys, tokens and passwords, and where in a text there are some."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from rlvr import encodable_text
from rlvr_compliance.text.engine import PatternSet, compiled
from rlvr_compliance.text.readings import Reading, canonical

_EDGE = r"(?:^|[^\w-])"
_END = r"(?:$|[^\w-])"
_ASSIGN = r"""[\w.\- ]{0,20}["']?\s{0,3}(?:\?|:{0,3})?[=:>]{1,2}\s{0,3}["'`]?"""
_UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"


class SecretKind(msgspec.Struct, frozen=True):
    """One kind of secret.

    Attributes:
        name: What it is called.
        pattern: Its pattern, whose group 1 is the secret.
        entropy: The least bits per character in it, which keep placeholders out.
        hint: A pattern without repetitions that every text with such a secret holds; looking for it costs little.
    """

    name: str
    pattern: str
    entropy: float = 0.0
    hint: str = "(?:)"


# The forms are those that the issuers document; entropy floors keep placeholders out.
_OWN: tuple[SecretKind, ...] = (
    SecretKind("aws-access-key", _EDGE + r"((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})" + _END),
    SecretKind("github-token", r"\b((?:ghp|gho|ghu|ghs|ghr)_[0-9A-Za-z]{36})\b", 3),
    SecretKind("github-pat", r"\b(github_pat_\w{82})\b", 3),
    SecretKind("gitlab-token", _EDGE + r"((?:glpat|gldt|glft|glsoat|glrt|glrtr)-[\w-]{20,50}(?:\.[\w.]{2,20})?)" + _END, 3),  # noqa: E501  # one pattern, one line
    SecretKind("gitlab-runner", _EDGE + r"(GR1348941[\w-]{20,50}[A-Za-z0-9-])" + _END, 3),
    SecretKind("gitlab-mail", _EDGE + r"(glimt-[\w-]{25})" + _END, 3),
    SecretKind("gitlab-trigger", _EDGE + r"(glptt-[\w-]{40})" + _END, 3),
    SecretKind("gitlab-agent", _EDGE + r"(glagent-[\w-]{50,1000})" + _END, 3),
    SecretKind("gitlab-app", _EDGE + r"(gloas-[\w-]{64})" + _END, 3),
    SecretKind("slack-token", r"(?:^|[^\w.-])(xox[baprseo]-(?:\d{1,14}-){1,4}[0-9A-Za-z-]{9,400})(?:$|[^\w#*-])"),
    SecretKind("slack-config", r"\b(xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{140,200})\b"),
    SecretKind("slack-webhook", r"(hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,60})"),
    SecretKind("stripe-key", r"\b((?:sk|rk)_(?:test|live|prod)_[0-9A-Za-z]{10,110})\b", 2),
    SecretKind("openai-key", _EDGE + r"(sk-(?:proj-|svcacct-|admin-)?[\w-]{20,80}T3BlbkFJ[\w-]{20,80})"),
    SecretKind("anthropic-key", _EDGE + r"(sk-ant-(?:api|admin)\d\d-[\w-]{93}AA)" + _END),
    SecretKind("google-key", r"\b(AIza[\w-]{35})" + _END, 4),
    SecretKind("jwt", r"\b(ey[A-Za-z0-9_-]{14,}\.ey[A-Za-z0-9_/\\-]{14,}(?:\.[\w/\\-]{10,}={0,2})?)", 3),
    SecretKind("private-key", r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----([\s\S-]{64,}?)-----END", 3),
    SecretKind("huggingface-token", _EDGE + r"((?:hf|api_org)_[A-Za-z]{34})\b", 3),
    SecretKind("sendgrid-key", _EDGE + r"(SG\.[\w-]{22}\.[\w-]{43})" + _END, 3),
    SecretKind("npm-token", r"//[^\s]{1,200}/:_authToken=\s*((?:npm_[A-Za-z0-9]{36,})|" + _UUID + ")"),
    SecretKind("mailchimp-key", r"\b([0-9a-z]{32}-us\d{1,2})\b", 2),
    SecretKind("telegram-token", r"(?:^|[^\w])(\d{8,10}:[\w-]{35})" + _END, 3),
    SecretKind("discord-token", r"([MNAO=][\w=-]{22,27}\.[\w-]{6}\.[\w-]{27,38})", 3),
    SecretKind("azure-client-secret", r"(?:^|[\\'\"\x60\s>=:(,)])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?:$|[\\'\"\x60\s<),])", 3),  # noqa: E501  # one pattern, one line
    SecretKind("vault-token", _EDGE + r"(hv[sb]\.[\w-]{90,300})" + _END, 3.5),
    SecretKind("grafana-token", r"\b(gl(?:c|sa)_[A-Za-z0-9+/]{32,400}={0,2})", 3),
    SecretKind("notion-token", r"\b(ntn_\d{11}[A-Za-z0-9]{35})\b", 4),
    SecretKind("heroku-key", r"\b(HRKU-AA[\w-]{58})" + _END, 4),
    SecretKind("sourcegraph-token", r"\b(sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40})\b", 3),
    SecretKind("onepassword-service", r"\b(ops_eyJ[A-Za-z0-9+/]{250,}={0,3})", 4),
    SecretKind("onepassword-key", _EDGE + r"(A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})", 3.5),  # noqa: E501  # one pattern, one line
    SecretKind("square-token", _EDGE + r"((?:EAAA|sq0atp-)[\w-]{22,60})" + _END, 3),
    SecretKind("facebook-page", r"\b(EAA[MC][A-Za-z0-9]{100,400})\b", 4),
    SecretKind("facebook-app", r"\b(\d{15,16}(?:\||%7C)[\w-]{27,40})", 3),
    SecretKind("terraform-token", r"(?i)([a-z0-9]{14}\.atlasv1\.[a-z0-9_=-]{60,70})", 3.5),
    SecretKind("fly-token", r"\b(fo1_[\w-]{43}|fm[12][ar]?_[A-Za-z0-9+/]{100,}={0,3})", 4),
    SecretKind("intra42-secret", r"\b(s-s4t2(?:ud|af)-[a-f0-9]{64})\b", 3),
    SecretKind("scalingo-token", r"\b(tk-us-[\w-]{48})", 2),
    SecretKind("pulumi-token", _EDGE + r"(pul-[a-f0-9]{40})" + _END, 2),
    SecretKind("infracost-token", _EDGE + r"(ico-[A-Za-z0-9]{32})(?:$|[^\w.-])", 3),
    SecretKind("artifactory-key", _EDGE + r"(A(?:KC|P[\dABCDEF])[A-Za-z0-9]{10,100})" + _END),
    SecretKind("gcp-service-account", r"\"type\"\s{0,5}:\s{0,5}\"(service_account)\""),
    SecretKind("curl-user-only", r"curl\b[^\n]{0,300}(?:-u|--user)[ =]{1,3}[\"']?([^\s\"':$<{]{8,60}):[\"'\s]", 3.0),
    SecretKind("basic-auth", r"://[^\s:/?#@\[\]]{1,100}:([^\s:/?#@\[\]$<{\"';]{3,100})@[^\s@]"),
    SecretKind("curl-user", r"curl\b[^\n]{0,300}(?:\n[^\n]{0,300})?(?:-u|--user)[ =]{1,3}[\"']?[^\s\"':$<{]{1,60}:([^\s\"'$<{]{5,60})", 2.5),  # noqa: E501  # one pattern, one line
    SecretKind("curl-header", r"(?i)curl\b[^\n]{0,300}(?:-H|--header)[ =]{1,3}[\"'](?:Authorization|[\w-]{0,20}(?:token|key)):\s{0,4}(?:[A-Za-z-]{1,12} )?([\w.~+/=-]{8,})", 2.75),  # noqa: E501  # one pattern, one line
    SecretKind("uuid-key", r"(?i)(?:snyk|heroku)" + _ASSIGN + "(" + _UUID + ")"),
    SecretKind("okta-token", r"(?i)okta" + _ASSIGN + r"(00[\w=-]{40})" + _END, 4),
    SecretKind("sumologic-id", r"(?:sumo|Sumo|SUMO)(?:logic|LOGIC|[_.-])" + _ASSIGN + r"(?-i:(su[a-zA-Z0-9]{12}))\b", 3),  # noqa: E501  # one pattern, one line
    SecretKind("sumologic-key", r"(?i)sumo" + _ASSIGN + r"([a-z0-9]{64})\b", 3),
    SecretKind("sonar-token", r"(?i)sonar" + _ASSIGN + r"((?:squ_|sqp_|sqa_)?[a-z0-9=_-]{40})\b", 3),
    SecretKind("facebook-secret", r"(?i)facebook" + _ASSIGN + r"([a-f0-9]{32})\b", 3),
    SecretKind("meraki-key", r"\b(?:meraki|Meraki|MERAKI)" + _ASSIGN + r"([0-9a-f]{40})\b", 3),
    SecretKind("atlassian-token", r"(?i)(?:atlassian|confluence|jira)" + _ASSIGN + r"([a-z0-9]{24})\b", 3.5),
    SecretKind("sidekiq-secret", r"(?i)BUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM" + _ASSIGN + r"([a-f0-9]{8}:[a-f0-9]{8})\b", 2),  # noqa: E501  # one pattern, one line
    SecretKind(
        "assigned-secret",
        r"(?i)(?:api|auth|client|access|app)[_.-]?(?:token|secret|key|password)[\"']?\s{0,3}"
        r"(?:[:=,]|=>|:=){1,2}\s{0,3}[\"']"
        r"([\w.=-]{20,150})[\"']",
        3.5,
    ),
)  # fmt: skip

# Further issuers' documented forms, each with a prefix of its own: name, what follows the edge of a word.
_PREFIXED = (
    ("adafruit", r"aio_[A-Za-z0-9]{28}"),
    ("age-secret-key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    ("airtable", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("alibaba", r"LTAI[A-Za-z0-9]{20}"),
    ("anthropic", r"sk-ant-oat[0-9]{2}-[\w-]{80,110}"),
    ("authress", r"(?:sc|ext|scauth)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[a-z0-9+/_=-]{30,120}"),
    ("aws-bedrock", r"ABSK[A-Za-z0-9+/]{109,269}={0,2}"),
    ("clickhouse", r"4b1d[A-Za-z0-9]{38}"),
    ("clojars", r"CLOJARS_[a-z0-9]{60}"),
    ("cloudflare-origin", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    ("databricks", r"dapi[a-f0-9]{32}(?:-[0-9])?"),
    ("defined-networking", r"dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}"),
    ("digitalocean", r"do[opr]_v1_[a-f0-9]{64}"),
    ("doppler", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,44}"),
    ("duffel", r"duffel_(?:test|live)_[A-Za-z0-9_=-]{43}"),
    ("dynatrace", r"dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}"),
    ("easypost", r"EZ[AT]K[A-Za-z0-9]{54}"),
    ("endor", r"endr\+[A-Za-z0-9-]{16}"),
    ("flutterwave", r"FLW(?:PUB|SEC)K_TEST-[A-Ha-h0-9]{32}-X|FLWSECK_TEST-[A-Ha-h0-9]{12}"),
    ("frameio", r"fio-u-[A-Za-z0-9_=-]{64}"),
    ("gocardless", r"live_[A-Za-z0-9_=-]{40}"),
    ("google-oauth", r"GOCSPX-[\w-]{28}|ya29\.[\w-]{50,300}"),
    ("groq", r"gsk_[A-Za-z0-9]{52}"),
    ("harness", r"(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[A-Fa-f0-9]{24}\.[A-Za-z0-9]{20}"),
    ("linear", r"lin_api_[A-Za-z0-9]{40}"),
    ("looker", r"lk_[A-Za-z0-9]{24,40}"),
    ("mailgun", r"(?:pubkey|key)-[a-f0-9]{32}"),
    ("mapbox", r"pk\.[A-Za-z0-9]{60}\.[A-Za-z0-9]{22}"),
    ("maxmind", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    ("new-relic", r"NRAK-[A-Za-z0-9]{27}|NRJS-[a-f0-9]{19}|NRII-[A-Za-z0-9-]{32}"),
    ("nuget", r"oy2[a-z0-9]{43}"),
    ("nvidia", r"nvapi-[\w-]{60,70}"),
    ("octopus", r"API-[A-Z0-9]{26}"),
    ("openrouter", r"sk-or-v1-[a-f0-9]{64}"),
    ("openshift", r"sha256~[\w-]{43}"),
    ("perplexity", r"pplx-[A-Za-z0-9]{48}"),
    ("plaid", r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),  # noqa: E501  # one pattern, one line
    ("planetscale", r"pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}"),
    ("postman", r"PMAK-[A-Fa-f0-9]{24}-[A-Fa-f0-9]{34}"),
    ("prefect", r"pnu_[A-Za-z0-9]{36}"),
    ("pypi", r"pypi-AgEIcHlwaS5vcmc[\w-]{50,1000}"),
    ("pypi-test", r"pypi-AgENdGVzdC5weXBpLm9yZw[\w-]{50,1000}"),
    ("readme", r"rdme_[a-z0-9]{70}"),
    ("replicate", r"r8_[A-Za-z0-9]{37}"),
    ("rubygems", r"rubygems_[a-f0-9]{48}"),
    ("sendinblue", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("sentry", r"sntrys_eyJpYXQiO[A-Za-z0-9+/]{40,500}={0,2}_[A-Za-z0-9+/]{43}"),
    ("sentry-user", r"sntryu_[a-f0-9]{64}"),
    ("settlemint", r"sm_(?:aat|pat|sat)_[A-Za-z0-9]{16}"),
    ("shippo", r"shippo_(?:live|test)_[A-Fa-f0-9]{40}"),
    ("shopify", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    ("supabase", r"sbp_[a-f0-9]{40}"),
    ("twilio", r"SK[0-9a-fA-F]{32}"),
    ("typeform", r"tfp_[A-Za-z0-9_.=-]{59}"),
    ("vercel", r"vc[a-z]_[A-Za-z0-9]{56}"),
    ("xai", r"xai-[A-Za-z0-9]{80}"),
    ("yandex", r"AQVN[A-Za-z0-9_-]{35,38}|YC[A-Za-z0-9_-]{38}|t1\.[A-Za-z0-9_-]+={0,2}\.[A-Za-z0-9_-]{86}={0,2}"),
)  # fmt: skip

# Issuers whose keys have no prefix: known by the name beside them. Name, what the secret is made of.
_NAMED = (
    ("adobe", r"[a-f0-9]{32}"), ("algolia", r"[a-z0-9]{32}"), ("asana", r"[0-9]{16}|[a-z0-9]{32}"),
    ("beamer", r"b_[a-z0-9=_-]{44}"), ("bitbucket", r"[a-z0-9]{32}|[a-z0-9=_-]{64}"), ("bittrex", r"[a-z0-9]{32}"),
    ("cloudflare", r"[a-z0-9_-]{40}|[a-f0-9]{37}"), ("codecov", r"[a-z0-9]{32}"), ("cohere|co_api_key", r"[a-zA-Z0-9]{40}"),  # noqa: E501  # one pattern, one line
    ("coinbase", r"[a-z0-9_-]{64}"), ("confluent", r"[a-z0-9]{16}|[a-z0-9]{64}"), ("contentful", r"[a-z0-9=_-]{43}"),
    ("datadog", r"[a-z0-9]{40}"), ("discord", r"[a-f0-9]{64}|[0-9]{18}|[a-z0-9=_-]{32}"), ("droneci", r"[a-z0-9]{32}"),
    ("dropbox", r"[a-z0-9]{15}|sl\.[a-z0-9_=-]{135}|[a-z0-9]{11}AAAAAAAAAA[a-z0-9_=-]{43}"), ("etsy", r"[a-z0-9]{24}"),
    ("fastly", r"[a-z0-9=_-]{32}"), ("finicity", r"[a-f0-9]{32}|[a-z0-9]{20}"), ("finnhub", r"[a-z0-9]{20}"),
    ("flickr", r"[a-z0-9]{32}"), ("freshbooks", r"[a-z0-9]{64}"), ("gitter", r"[a-z0-9_-]{40}"),
    ("hubspot", _UUID), ("intercom", r"[a-z0-9=_-]{60}"), ("jfrog|artifactory|bintray|xray", r"[a-z0-9]{73}|[a-z0-9]{64}"),  # noqa: E501  # one pattern, one line
    ("kraken", r"[a-z0-9/=_+-]{80,90}"), ("kucoin", r"[a-f0-9]{24}|" + _UUID), ("launchdarkly", r"[a-z0-9=_-]{40}"),
    ("linkedin", r"[a-z0-9]{14}|[a-z0-9]{16}"), ("lob", r"(?:live|test)_(?:pub_)?[a-f0-9]{31,35}"),
    ("mattermost", r"[a-z0-9]{26}"), ("messagebird", r"[a-z0-9]{25}|" + _UUID), ("netlify", r"[a-z0-9=_-]{40,46}"),
    ("new-?relic", r"[a-z0-9]{64}"), ("nytimes|new-york-times", r"[a-z0-9=_-]{32}"), ("okta", r"[a-z0-9=_-]{42}"),
    ("plaid", r"[a-z0-9]{24}|[a-z0-9]{30}"), ("privateai", r"[a-z0-9]{32}"), ("rapidapi", r"[a-z0-9_-]{50}"),
    ("sendbird", r"[a-f0-9]{40}|" + _UUID), ("sentry", r"[a-f0-9]{64}"), ("squarespace", _UUID), ("snyk", _UUID),
    ("travis", r"[a-z0-9]{22}"), ("trello", r"[a-z0-9]{32}"), ("twitch", r"[a-z0-9]{30}"),
    ("twitter", r"[a-z0-9]{25}|[a-z0-9]{45}|[a-z0-9]{50}|[0-9]{15,25}-[a-z0-9]{20,40}|A{22}[a-z0-9%]{80,100}"),
    ("typeform", r"tfp_[a-z0-9_.=-]{59}"), ("zendesk", r"[a-z0-9]{40}"),
)  # fmt: skip
_LITERALS = re.compile(r"[^\[\](){}?*+|\\.^$]+")


def _hint(form: str) -> str:
    """Return the letters that a form begins with, or that each of its alternatives does."""
    begins = [found[0] for part in form.split("|") if (found := _LITERALS.match(part.removeprefix("(?:")))]
    return "|".join(map(re.escape, begins)) if len(begins) == form.count("|") + 1 else "(?:)"


KINDS: tuple[SecretKind, ...] = (
    *_OWN,
    *(SecretKind(name, f"{_EDGE}({form}){_END}", 2.0, _hint(form)) for name, form in _PREFIXED),
    *(
        SecretKind(name.split("|")[0], rf"(?i)(?:{name})" + _ASSIGN + f"({form}){_END}", 3.0, f"(?i)(?:{name})")
        for name, form in _NAMED
    ),
)

_PLACEHOLDER = re.compile(
    r"x{6}|X{6}|\*{4}|0{12}|#{4}|\$\{|\{\{|(?i:example|placeholder|your[_-]|insert_|redacted|changeme)|alphabet"
    r"|abcdefghijklmnopqrstuvwxyz"
)


class Secret(msgspec.Struct, frozen=True):
    """One secret in a text; ``start`` and ``end`` are characters."""

    kind: str
    start: int
    end: int


def secrets_in(text: str) -> list[Secret]:
    """Find the secrets in a text; placeholders such as ``xxxxxx`` are none."""
    raw = Reading("raw", encodable_text(text))
    found = [
        Secret(kind.name, *reading.span(*match.span(1)))
        for reading in dict.fromkeys((raw, canonical(raw)))
        for place in sorted(_together().occurring_in(reading.text))
        for kind in (KINDS[place],)
        for match in compiled(kind.pattern).finditer(reading.text)
        if _is_secret(kind, match[1])
    ]
    return list(_apart(found, len(text)))


def _apart(found: Iterable[Secret], length: int) -> Iterator[Secret]:
    """Leave out what stands within secrets of kinds before it."""
    taken = bytearray(length)
    for each in found:
        if not all(taken[each.start : each.end]):
            taken[each.start : each.end] = b"\1" * (each.end - each.start)
            yield each


@cache
def _together() -> PatternSet:
    """Compile the hints of all kinds to be looked for at once, which costs as much as a few of them."""
    return PatternSet([kind.hint for kind in KINDS])


def _is_secret(kind: SecretKind, value: str) -> bool:
    if bits_per_character(value) < kind.entropy or "X" * 12 in value:
        return False
    return not kind.entropy or not _PLACEHOLDER.search(value)


def bits_per_character(text: str) -> float:
    """Say how much a character tells, in bits: Shannon's entropy of the letters' shares."""
    length = len(text)
    return -sum(count / length * math.log2(count / length) for count in Counter(text).values()) if length else 0.0
