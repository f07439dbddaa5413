"""The installed distributions of rlvr, and the libraries that they require."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from typing import NamedTuple

from rlvr.cli.installed import GROUP
from rlvr.distributions import announced_in
from rlvr.hooks import ENTRY_POINT_GROUP

CORE = "rlvr"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")

# Suffixes of machine code: such a library may behave differently on another machine.
_NATIVE = (".so", ".pyd", ".dylib")


class Library(NamedTuple):
    """An installed distribution that rlvr requires.

    Attributes:
        is_native: Whether it contains machine code.
    """

    name: str
    version: str
    is_native: bool


class Extra(NamedTuple):
    """An extra of a distribution, and those of its requirements that are not installed."""

    distribution: str
    name: str
    missing: tuple[str, ...]


def own_distributions() -> dict[str, str]:
    """Return the version of each distribution of rlvr, by name.

    They are core, those that offer a plugin or a command, and those that core names and that require core.
    """
    names = {CORE}
    for group in (ENTRY_POINT_GROUP, GROUP):
        names.update(each.distribution for each in announced_in(group))
    with suppress(metadata.PackageNotFoundError):
        required = [name for name, _ in _requirements(metadata.distribution(CORE)) if _version(name)]
        names.update(name for name in required if CORE in dict(_requirements(metadata.distribution(name))))
    return {name: _version(name) for name in sorted(names)}


def libraries() -> list[Library]:
    """Return what the distributions of rlvr require, and what that requires, extras included, if it is installed."""
    own = {_key(name) for name in own_distributions()}
    found: dict[str, Library] = {}
    waiting = list(own)
    seen = set(own)
    for name in waiting:  # grows while it is read
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if name not in own:
            is_native = any(str(file).endswith(_NATIVE) for file in distribution.files or ())
            found[name] = Library(distribution.name, distribution.version, is_native)
        for required, extra in _requirements(distribution):
            # Extras of a library are its own affair: most would name tools of its authors.
            if (not extra or name in own) and required not in seen:
                seen.add(required)
                waiting.append(required)
    return sorted(found.values(), key=lambda each: each.name.lower())


def extras() -> Iterator[Extra]:
    """Yield the extras of the distributions of rlvr."""
    for name in own_distributions():
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        required: dict[str, list[str]] = {}
        for requirement, extra in _requirements(distribution):
            if extra:
                required.setdefault(extra, []).append(requirement)
        for extra, names in required.items():
            yield Extra(name, extra, tuple(each for each in dict.fromkeys(names) if not _version(each)))


def _requirements(distribution: metadata.Distribution) -> Iterator[tuple[str, str]]:
    """Yield the name of each requirement, and the extra that asks for it; "" if none does."""
    for text in distribution.requires or ():
        name = _NAME.match(text)
        extra = _EXTRA.search(text)
        if name is not None:
            yield _key(name[0]), extra[1] if extra else ""


def _key(name: str) -> str:
    """Return a name as all spellings of it compare: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
