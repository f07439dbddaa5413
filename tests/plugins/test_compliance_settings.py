"""Secrets in elements of settings and in pipes, accounts of services, and quoted statements."""

import itertools

import pytest

from rlvr.testing import a_record, scored
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.pii import PiiOptions, pii
from rlvr_compliance.rules.rule import Rule
from rlvr_compliance.secrets import secrets

TOKEN, PASSWORD = "q8fJ2kLs93nVbT5rXw0yZc7HdG4mPaE1", "kT9vQ2xLpz7w"
FOUND = (
    '<add key="ApiSecret" value="{}" />', "<setting name='DbPassword' value='{}'/>",
    '<env name="GITHUB_TOKEN" value="{}"/>',
    "echo {} | docker login -u ann --password-stdin", 'printf "{}" | helm registry login corp.net --password-stdin',
)  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_secrets_are_found(text: str) -> None:
    """A placeholder in the same place is none."""
    assert scored(secrets, a_record(text.format(TOKEN))).value == 0.0
    for other in ("${DB_PASSWORD}", "your-password-here", "********", "<token>"):
        assert scored(secrets, a_record(text.format(other))).value == 1.0, other


def test_settings_of_other_things_are_no_secrets() -> None:
    """And pipes that hand over something else."""
    for text in (
        f'<add key="BuildId" value="{TOKEN}" />',
        '<add key="ApiKeyHeader" value="X-Api-Key" />',
        "cat password.txt | docker login -u ann --password-stdin",
        f"echo {PASSWORD} | wc -c",
    ):
        assert scored(secrets, a_record(text)).value == 1.0, text


def test_accounts_of_services_are_nobodys() -> None:
    """Addresses of people at the same hosts are found."""
    for text in ("git clone git@github.com:psf/requests.git", "hg@bitbucket.org/a/b", "svn@svn.corp.net:repo"):
        assert scored(pii, a_record(text)).value == 1.0, text
    for text in ("digit@github.com", "gitta@github.com", "ann@github.com:psf/requests.git"):
        assert scored(pii, a_record(text)).value == 0.0, text
    assert scored(pii, a_record("127.0.0.1:8080"), PiiOptions(test_values="allowed")).value == 1.0
    assert scored(pii, a_record("127.0.0.1:8080")).value == 0.0


def test_quoted_words_do_not_state_them() -> None:
    """A rule that must be kept is not kept by speaking about its words."""
    options = PatternsOptions(rules=(Rule(id="risk", tier="must", keywords=("capital is at risk",)),))
    start = "The fund grew slowly over two years because bonds paid more interest than cash did. "
    for noun, quote in itertools.product(("phrase", "slogan", "saying", "boilerplate"), ('"', "“", "'")):
        said = f"{start}The {noun} {quote}capital is at risk{quote} is dull."
        assert scored(patterns, a_record(said), options).value == 0.0, said
    for text in ("In other words, your capital is at risk.", 'Remember: "capital is at risk".'):
        assert scored(patterns, a_record(start + text), options).value == 1.0, text
