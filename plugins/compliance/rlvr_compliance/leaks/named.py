"""Secrets without a form of their own: known by the name beside them, of their issuer or of what they are."""

from __future__ import annotations

import re

from rlvr_compliance.leaks.secret_kind import END, UUID, SecretKind

_ASSIGN = r"""["']?\s{0,3}(?:\?|:{0,3})?[=:>]{1,2}\s{0,3}["'`]?"""
# What may follow an issuer's name in one identifier: another word of it, such as `_API_KEY`, `ApiToken` or `apikey`.
_REST = r"(?:(?:[^A-Za-z\s]|[A-Z]|[ ]|(?:api|app|auth|access|account|client|key|token|secret|pass|login|logic|org|user))[\w.\- ]{0,20})?"

# Issuers: names, what the secret is made of, and the least bits per character. The forms are those of gitleaks' rules.
_ISSUERS = (
    ("adobe", r"[a-f0-9]{32}"), ("airtable", r"[a-z0-9]{17}"), ("algolia", r"[a-z0-9]{32}"),
    ("asana", r"[0-9]{16}|[a-z0-9]{32}"), ("atlassian|confluence|jira", r"[a-z0-9]{24}"),
    ("beamer", r"b_[a-z0-9=_-]{44}"), ("bitbucket", r"[a-z0-9]{32}|[a-z0-9=_-]{64}"), ("bittrex", r"[a-z0-9]{32}"),
    ("cloudflare", r"[a-z0-9_-]{40}|[a-f0-9]{37}"), ("codecov", r"[a-z0-9]{32}"), ("cohere|co_api_key", r"[a-zA-Z0-9]{40}"),
    ("coinbase", r"[a-z0-9_-]{64}"), ("confluent", r"[a-z0-9]{16}|[a-z0-9]{64}"), ("contentful", r"[a-z0-9=_-]{43}"),
    ("datadog", r"[a-z0-9]{40}"), ("discord", r"[a-f0-9]{64}|[0-9]{18}|[a-z0-9=_-]{32}"), ("droneci", r"[a-z0-9]{32}"),
    ("dropbox", r"[a-z0-9]{15}|sl\.[a-z0-9_=-]{135}|[a-z0-9]{11}AAAAAAAAAA[a-z0-9_=-]{43}"), ("etsy", r"[a-z0-9]{24}"),
    ("facebook", r"[a-f0-9]{32}"), ("fastly", r"[a-z0-9=_-]{32}"), ("finicity", r"[a-f0-9]{32}|[a-z0-9]{20}"),
    ("finnhub", r"[a-z0-9]{20}"), ("flickr", r"[a-z0-9]{32}"), ("freshbooks", r"[a-z0-9]{64}"), ("gitter", r"[a-z0-9_-]{40}"),
    ("hubspot", UUID), ("intercom", r"[a-z0-9=_-]{60}"), ("jfrog|artifactory|bintray|xray", r"[a-z0-9]{73}|[a-z0-9]{64}"),
    ("kraken", r"[a-z0-9/=_+-]{80,90}"), ("kucoin", r"[a-f0-9]{24}|" + UUID), ("launchdarkly", r"[a-z0-9=_-]{40}"),
    ("linkedin", r"[a-z0-9]{14}|[a-z0-9]{16}"), ("lob", r"(?:live|test)_(?:pub_)?[a-f0-9]{31,35}"),
    ("mattermost", r"[a-z0-9]{26}"), ("meraki", r"[0-9a-f]{40}"), ("messagebird", r"[a-z0-9]{25}|" + UUID),
    ("netlify", r"[a-z0-9=_-]{40,46}"), ("new-?relic", r"[a-z0-9]{64}"), ("nytimes|new-york-times", r"[a-z0-9=_-]{32}"),
    ("okta", r"00[a-z0-9=_-]{40}|[a-z0-9=_-]{42}"), ("plaid", r"[a-z0-9]{24}|[a-z0-9]{30}"), ("privateai", r"[a-z0-9]{32}"),
    ("rapidapi", r"[a-z0-9_-]{50}"), ("sendbird", r"[a-f0-9]{40}|" + UUID), ("sentry", r"[a-f0-9]{64}"),
    ("sonar", r"(?:squ_|sqp_|sqa_)?[a-z0-9=_-]{40}"), ("sourcegraph", r"[a-f0-9]{40}"), ("squarespace", UUID),
    ("sumo(?:logic)?", r"[a-z0-9]{64}"), ("travis", r"[a-z0-9]{22}"), ("trello", r"[a-z0-9]{32}"), ("twitch", r"[a-z0-9]{30}"),
    ("twitter", r"[a-z0-9]{25}|[a-z0-9]{45}|[a-z0-9]{50}|[0-9]{15,25}-[a-z0-9]{20,40}|A{22}[a-z0-9%]{80,100}"),
    ("typeform", r"tfp_[a-z0-9_.=-]{59}"), ("zendesk", r"[a-z0-9]{40}"),
)  # fmt: skip


def _name(names: str) -> str:
    """Return the pattern of an issuer's name as a word of an identifier: ``okta`` and ``OktaToken``, not ``rookTable``."""
    small, capital = rf"(?:{names})", "|".join(each[:1].upper() + each[1:] for each in names.split("|"))
    upper = re.sub(
        r"\(\?:\w+\)", lambda found: "(?:" + found[0][3:].upper(), names.upper().replace("(?:LOGIC)", "(?:logic)")
    )
    return rf"(?:(?:^|[^A-Za-z])(?:{small}|{upper}){_REST}|(?:^|[^A-Z])(?:{capital}){_REST}|(?:^|[^A-Za-z])(?:{upper})[\w.\- ]{{0,20}})"


def _issuer(names: str, form: str) -> SecretKind:
    name = re.sub(r"\W.*", "", names)
    floor = 3.5 if name == "atlassian" else 3.0
    return SecretKind(
        name=name,
        pattern=_name(names) + _ASSIGN + f"((?i:{form})){END}",
        hint=f"(?i)(?:{names})",
        entropy=floor,
        source="gitleaks",
    )


_PASSWORDS = (
    "password|passwd|passphrase|passcode|passwort|kennwort|pwd|pswd|[_.-]pass|contraseña|contrasena|senha|mot de passe|"
    "motdepasse|wachtwoord|hasło|пароль|密码|密碼|パスワード|비밀번호"
)
_TOKENS = (
    r"api[_. -]?key|api[_. -]?token|access[_. -]?key|access[_. -]?token|auth[_. -]?key|auth[_. -]?token|secret[_. -]?key|"
    r"secret|token|private[_. -]?key|signing[_. -]?key|encryption[_. -]?key|account[_. -]?key|shared[_. -]?key|"
    r"master[_. -]?key|service[_. -]?key|app[_. -]?key|user[_. -]?key|deploy[_. -]?key|credentials?|user_auth|bearer"
)
# Between a name and its value: signs of an assignment, a call, a tag or a header, or a verb of prose.
_BETWEEN = (
    r"""(?:[sS]?\d{0,2}(?:["'`\]]{0,2}[ \t]{0,3}(?::=|=>|={1,3}|:{1,2}|>|\()|["'`][ \t]{0,3},)|[ \t]{1,2}(?:is|was|lautet|ist|est|es|è|to)\b:?)"""
    r"""[ \t]{0,4}[a-zA-Z]?["'`]{1,3}|(?:[sS]?\d{0,2}["'`\]]{0,2}[ \t]{0,3}(?::=|=>|={1,3}|:|>)|"""
    r"""[ \t]{1,2}(?:is|was|lautet|ist|est|es|è)\b:?|[ \t])[ \t]{0,4}"""
)
_VALUE = r"""([^\s"'`<>]{8,200})"""
_AUTH_WORD = r"(?:Bearer|Basic|Token|Api-?Key|Api-?Token|ApiKey|Digest|OAuth|Key|PRIVATE-TOKEN|SSWS|GenieKey)"
_OPTION = r"(?:[ \t=]|\\?\r?\n)+"

# An element of settings: `<add key="ApiSecret" value="..."/>`.
_SETTING = r"(?i)<(?:add|setting|property|entry|param|env)\b[^<>\n]{0,80}?\b(?:key|name)=[\"'][^\"'<>\n]{0,60}?"
_SETTING_VALUE = r"[^\"'<>\n]{0,20}[\"'][ \t\r\n]{1,40}value=[\"']([^\"'<>\s]{8,200})[\"']"

_OTHERS = (
    ("uuid-key", r"(?i:snyk|heroku)[\w.\- ]{0,20}" + _ASSIGN + "(" + UUID + ")", "(?i:snyk|heroku)", 0, ""),
    ("sumologic-id", r"(?:sumo|Sumo|SUMO)(?:logic|Logic|LOGIC|[_.-])[\w.\- ]{0,20}" + _ASSIGN + r"(su[a-zA-Z0-9]{12})\b", "(?i:sumo)", 3, ""),
    ("sidekiq-secret", r"(?i)BUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM" + _ASSIGN + r"([a-f0-9]{8}:[a-f0-9]{8})\b", "(?i:contribsys)", 2, ""),
    ("curl-user", r"curl\b[^\n]*(?:\n[^\n]*){0,5}?[ \t\n](?:-u|--user)" + _OPTION + r"(\S{3,200})", "curl", 0, "curl_user"),
    ("curl-user", r"curl\b[^\n]*[ \t]-u(['\"]?[^\s'\"]{1,100}:[^\s'\"]{5,100})", "curl", 0, "curl_user"),
    ("curl-header", r"(?i)curl\b[^\n]*(?:\n[^\n]*){0,5}?[ \t\n](?:-H|--header)" + _OPTION + r"[\"'](?:Authorization|[\w-]{0,20}(?:token|key|auth)):\s{0,4}(?:[A-Za-z-]{1,12} )?([\w.~+/=-]{8,})", "(?i)curl", 2.75, ""),
    ("authorization-header", r"(?i)authorization[\"']?\s{0,3}[:=,]{1,2}\s{0,3}[a-z]{0,2}[\"'`]?" + _AUTH_WORD + r"[ :=]\s{0,3}([\w.~+/=:-]{8,})", "(?i)authorization", 2.5, "header"),
    ("bearer-token", r"(?i)\bbearer[ :]\s{0,2}[\"'`]?([\w.~+/-]{20,}={0,2})", "(?i)bearer", 3.5, "header"),
    ("key-header", r"(?i)\bx?-?[\w-]{0,30}(?:api-?key|auth-?token|access-?token|private-token|-token|secret)\"?[ \t]{0,2}:[ \t]{0,3}[\"']?([\w.~+/=-]{16,500})", '(?i)(?:key|token|secret)"?[ \t]?:', 3, "token"),
    ("docker-auth", r"(?:\"_?auth\"\s{0,3}:\s{0,3}\"|_auth\s{0,2}=\s{0,2})([A-Za-z0-9+/=]{8,500})", "auth", 2.5, "basic"),
    ("basic-auth", r"://[^\s:/?#@\[\]]{0,100}:([^\s:/?#@\[\]$<{\"';]{3,100})@[^\s@]", "://", 0, "address"),
    ("settings-password", _SETTING + "(?:" + _PASSWORDS + ")" + _SETTING_VALUE, "(?i)value=", 2.5, "password"),
    ("settings-secret", _SETTING + "(?:" + _TOKENS + ")" + _SETTING_VALUE, "(?i)value=", 3.0, "token"),
    ("piped-password", r"(?:echo|printf)[ \t]+(?:-n[ \t]+)?[\"']?([^\s\"'|]{8,200})[\"']?[ \t]{0,4}\|[^|\n]{0,120}--password-stdin", "--password-stdin", 2.5, "password"),
    ("password", r"(?i)(?:" + _PASSWORDS + ")(?:" + _BETWEEN + ")" + _VALUE, f"(?i)(?:{_PASSWORDS})", 2.5, "password"),
    ("named-secret", r"(?i)(?:" + _TOKENS + ")(?:" + _BETWEEN + ")" + _VALUE, "(?i)(?:key|secret|token|credential|user_auth|bearer)", 3.0, "token"),
)  # fmt: skip

# Programs that take a password on the command line, a hint where the program is more than a word, and the option.
# `mysql` wants no space behind it: behind `-p ` stands the name of a database. Sources: the manual page of each.
_PROGRAMS = (
    (r"(?:mysql|mariadb)[\w-]{0,12}", "mysql|mariadb", "-p"), ("sshpass", "", r"-p[ \t]?"),
    ("redis-cli", "", r"(?:-a|--pass)[ \t]+"), ("(?:sqlcmd|bcp|isql|tsql)", "", r"-P[ \t]?"), ("7z[ar]?", "7z", "-p"),
    (r"(?:docker|podman|buildah|skopeo|az|helm registry|oc)[ \t]+login", "docker|podman|buildah|skopeo|(?:az|registry|oc) login", r"-p[ \t]?"),
    (r"ldap[a-z]{3,8}", "ldap", r"-w[ \t]?"), ("(?:un)?zip", "zip", r"-P[ \t]?"), (r"mongo[a-z]{0,7}", "mongo", r"-p[ \t]+"),
    ("(?:keytool|jarsigner)", "", r"-\w{0,12}pass[ \t]+"), ("openssl", "", r"(?:-pass(?:in|out)?[ \t]+pass:|-k[ \t]+)"),
    (r"(?:smbclient|rpcclient|smbmap)", "", r"-U[ \t]?[^\s%]{1,60}%"), (r"snmp[a-z]{2,10}", "snmp", r"-[AX][ \t]?"),
    ("htpasswd", "", r"-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}[ \t]+\S+[ \t]+\S+[ \t]+"), ("rabbitmqctl", "", r"add_user[ \t]+\S+[ \t]+"),
    ("lftp", "", r"(?:-u|--user)[ \t=][^\s,]{1,60},"),
)  # fmt: skip


def _command(program: str, hint: str, option: str) -> SecretKind:
    return SecretKind(
        name="command-password",
        pattern=rf"(?:^|[^\w-]){program}\b(?:[^\n;|&]|\\\r?\n){{0,300}}?[ \t]{option}[\"']?([^\s\"'`;|&]{{4,100}})",
        hint=hint or program,
        check="command_password",
        source="manual pages",
    )


NAMED: tuple[SecretKind, ...] = (
    *(
        SecretKind(name=name, pattern=pattern, hint=hint, entropy=entropy, check=check)
        for name, pattern, hint, entropy, check in _OTHERS
    ),
    *(_command(*each) for each in _PROGRAMS),
    *(_issuer(names, form) for names, form in _ISSUERS),
)
"""All kinds that are known by a name beside them."""
