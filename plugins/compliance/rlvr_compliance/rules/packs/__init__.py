"""Rule packs: rules that are shipped, or kept in a file of their own, with where they come from and what they match."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta

from rlvr import SuiteFile
from rlvr_compliance.rules.rule import Rule


class PackRule(Rule, frozen=True, kw_only=True):
    """A rule with texts that show it."""

    matches: Annotated[tuple[str, ...], Meta(description="Texts in which it is found; run as tests.")] = ()
    not_matches: Annotated[tuple[str, ...], Meta(description="Texts in which it is not.")] = ()


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules of one purpose."""

    name: str
    description: str
    source: Annotated[str, Meta(description="Where the rules come from: a law, a standard, a habit.")]
    rules: Annotated[tuple[PackRule, ...], Meta(min_length=1, max_length=1000)]


def shipped() -> list[str]:
    """Name the packs of this distribution."""
    return sorted(each.name.removesuffix(".yaml") for each in _FOLDER.iterdir() if each.name.endswith(".yaml"))


_FOLDER = files(__name__)


def shipped_pack(name: str) -> Pack:
    """Read one of the packs of this distribution.

    Raises:
        ValueError: There is none of that name.
    """
    if name not in shipped():
        raise ValueError(f"no pack {name!r} is shipped; there are {', '.join(shipped())}")
    return _read((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), name)


def pack_in(file: SuiteFile) -> Pack:
    """Read a pack of a file that a suite names.

    Raises:
        ValueError: It is none; the message names the place.
    """
    return _read(file.text, file.name)


def _read(text: str, name: str) -> Pack:
    try:
        pack = msgspec.yaml.decode(text, type=Pack)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(f"rule pack {name}: {error}") from None
    for rule in pack.rules:
        if problem := _shown_wrong(rule):
            raise ValueError(f"rule pack {name}: rule {rule.id!r} {problem}")
    return pack


def _shown_wrong(rule: PackRule) -> str:
    """Return which of a rule's own texts it does not judge as they say."""
    for text in rule.matches:
        if not rule.spans(text):
            return f"does not match {text[:80]!r}, which it says it does"
    for text in rule.not_matches:
        if rule.spans(text):
            return f"matches {text[:80]!r}, which it says it does not"
    return ""
