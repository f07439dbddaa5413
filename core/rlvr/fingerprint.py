"""The fingerprint of a suite: the identity of everything that decides a reward.

It covers the configuration (without the sections that only decide how fast a reward comes), the files that the suite
names, the code and the version of each plugin, the code of core that can change a reward, the versions of all
distributions that these require, and the version of Python.
Rewards of different fingerprints must not be mixed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from rlvr.distributions import metadata_of
from rlvr.hooks import CONTRACT_VERSION
from rlvr.patterns import lazy_pattern
from rlvr.plugins import InstalledScorer

# Files of core that cannot change a reward: the command line, the kit for plugin authors, statistics over rewards.
REWARDLESS_OF_CORE = ("cli/", "runs/", "testing.py", "report.py", "summary.py", "errors.py")

# Files beside a plugin's code that cannot change a reward. Data files, such as rule packs, can.
_REWARDLESS_SUFFIXES = (".pyc", ".pyi", ".md", ".typed")

_DIGITS = 16

_END_OF_NAME = lazy_pattern(r"[^A-Za-z0-9_.-]")


def fingerprint_of(
    configuration: Mapping[str, Any],
    scorers: Iterable[InstalledScorer],
    files: Iterable[tuple[str, str]] = (),
    revision: str = "",
) -> str:
    """Return 16 hexadecimal digits that change with everything that decides a reward.

    Args:
        configuration: The parts of the suite that decide a reward, as JSON values.
        scorers: The scorers of all tasks, in order.
        files: The files that the configuration names: the name and the digest of each.
        revision: The version of the suite at its source; "" for a file.
    """
    scorers = list(scorers)
    whole = {
        "configuration": configuration,
        "files": sorted(files),
        "revision": revision,
        "scorers": [[each.id, each.distribution, each.scorer.version] for each in scorers],
        **identity_of(scorers),
    }
    return _digest(json.dumps(whole, sort_keys=True, default=str).encode())


def identity_of(scorers: Iterable[InstalledScorer]) -> dict[str, Any]:
    """Return what an installation adds to a fingerprint: the code and versions of some scorers.

    ``rlvr plugins --fingerprint`` prints it, so that two installations can be compared.
    """
    packages = {each.package: each.distribution for each in scorers}
    return {
        "contract": CONTRACT_VERSION,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "code": {package: code_digest(package) for package in sorted({"rlvr", *filter(None, packages)})},
        "versions": dict(dependency_versions(["rlvr", *packages.values()])),
    }


@cache
def code_digest(package: str) -> str:
    """Hash the files of an imported package or module, so that an edit without a new version changes the digest too.

    Returns:
        16 hexadecimal digits; "" for a module that has no file, such as one that a test makes.
    """
    module = sys.modules.get(package)
    folders, file = getattr(module, "__path__", None), getattr(module, "__file__", None)
    if folders:
        return _digest_of_folder(next(iter(folders)), REWARDLESS_OF_CORE if package == "rlvr" else ())
    if not file:
        return ""
    with open(file, "rb") as source:  # noqa: PTH123  # pathlib takes a twentieth of a cold start
        return _digest(source.read())


def cache_key_of(installed: InstalledScorer, options: bytes) -> bytes:
    """Return the bytes that all cached scores of a scorer share: everything besides the record that can change a score.

    Args:
        installed: The scorer.
        options: Its options, encoded.
    """
    code = code_digest(installed.package)
    who = [installed.id, installed.distribution, installed.version, installed.scorer.version, code]
    return hashlib.sha256(json.dumps(who).encode() + options).digest()


def dependency_versions(distributions: Iterable[str]) -> Mapping[str, str]:
    """Return the versions of some distributions and of all that they require directly; "" for one that is absent."""
    names = set(distributions)
    names.update(name for distribution in tuple(names) for name in _version_of(distribution)[1])
    return {name: _version_of(name)[0] for name in sorted(names)}


def _digest_of_folder(folder: str, left_out: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in sorted(_files_in(f"{folder}/", "")):
        if not name.startswith(left_out) and not name.endswith(_REWARDLESS_SUFFIXES):
            with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123  # quicker than Path
                content = file.read()
            digest.update(f"{name}\n{len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:_DIGITS]


def _files_in(folder: str, parent: str) -> Iterator[str]:
    """Yield the files below a folder by their path in it; every cold start asks, and Path takes thrice the time.

    Compiled files are left out: other processes write and replace them meanwhile.
    """
    with os.scandir(folder + parent) as entries:
        for entry in entries:
            if entry.name == "__pycache__":
                continue
            if entry.is_dir():
                yield from _files_in(folder, f"{parent}{entry.name}/")
            elif entry.is_file():
                yield f"{parent}{entry.name}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


@cache
def _version_of(distribution: str) -> tuple[str, tuple[str, ...]]:
    """Return the version of a distribution and the names of all that it requires; "" and nothing if it is absent."""
    fields = metadata_of(distribution)
    if fields is None:
        return "", ()
    required = [
        _END_OF_NAME.split(value, maxsplit=1)[0]
        for value in fields.get("Requires-Dist", ())
        if "extra ==" not in value  # extras differ between a laptop and a layer
    ]
    return fields.get("Version", [""])[0], tuple(required)
