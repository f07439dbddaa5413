"""What a suite needs: rlvr, the handler, the plugins that it names, in the versions that are installed here.

The layer is made of what this environment has, so that it scores as the laptop does; only what a wheel of Lambda's
platform needs beside that is resolved anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

import msgspec

from rlvr import Suite
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import strip_passwords

Origin: TypeAlias = Literal["index", "folder", "file"]

# The distributions that every layer has.
OWN = ("rlvr", "rlvr-handler")
# In Lambda's runtime already, and a tenth of a layer's room.
LEFT_OUT = ("boto3", "botocore", "s3transfer")

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution that is installed here and wanted in the layer.

    Attributes:
        name: Its normalised name.
        version: The installed version.
        origin: Whether an index, a folder of this machine or a file has it.
        place: The folder's path or the file's address; "" for an index.
    """

    name: str
    version: str
    origin: Origin = "index"
    place: str = ""


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a layer is made of.

    Attributes:
        roots: What the suite asks for by name.
        local: Distributions among what these require that no index has.
        pins: Versions of all other installed distributions, by name.
        extra: Further requirements, as pip reads them.
    """

    roots: tuple[Need, ...]
    local: tuple[Need, ...]
    pins: Mapping[str, str]
    extra: tuple[str, ...] = ()


def needs_of(suite: Suite, extra: Sequence[str] = ()) -> Needs:
    """Say what a layer for a suite is made of.

    Args:
        suite: The suite; its plugins are installed here.
        extra: Further requirements, such as an accelerator that a plugin uses where it is there.

    Raises:
        DeploymentError: A distribution comes from where no layer can be built from.
    """
    distributions = {entry.installed.distribution for entry in suite.entries}
    installed = {normalised(each.name): each for each in metadata.distributions() if each.name}
    roots = [_need(installed, normalised(name), suite.source) for name in (*OWN, *sorted(distributions))]
    extra_names = [requirement_name(each) for each in extra]
    reached = _reached([*(need.name for need in roots), *extra_names], installed)
    others = [_need(installed, name, suite.source) for name in sorted(reached - {need.name for need in roots})]
    return Needs(
        roots=tuple(roots),
        local=tuple(need for need in others if need.origin != "index"),
        pins={need.name: need.version for need in others if need.origin == "index"},
        extra=tuple(extra),
    )


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(requirement: str) -> str:
    """Return the normalised name that a requirement begins with; "" for one without, such as a path."""
    match = _NAME.match(requirement)
    return normalised(match[0]) if match else ""


def _reached(names: Iterable[str], installed: Mapping[str, metadata.Distribution]) -> set[str]:
    """Collect what some distributions require, directly and not, for any platform and with any extra.

    More than the layer will hold: a pin of what is not needed does nothing.
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or name not in installed or name in LEFT_OUT:
            continue
        found.add(name)
        waiting.extend(_required(installed[name]))
    return found


def _required(distribution: metadata.Distribution) -> Iterator[str]:
    return (requirement_name(each) for each in distribution.requires or ())


def _need(installed: Mapping[str, metadata.Distribution], name: str, source: str) -> Need:
    distribution = installed.get(name)
    if distribution is None:
        problem = "its distribution is not installed, so that no layer can be made of it"
        raise DeploymentError(f"{source}: {name}", problem, "install it with pip, as a distribution with metadata")
    origin, place = _origin(distribution, name)
    return Need(name=name, version=distribution.version, origin=origin, place=place)


def _origin(distribution: metadata.Distribution, name: str) -> tuple[Origin, str]:
    """Read where pip or uv got a distribution from.

    Source:
        https://packaging.python.org/en/latest/specifications/direct-url/
    """
    text = distribution.read_text("direct_url.json")
    if not text:
        return "index", ""
    try:
        told: dict[str, Any] = json.loads(text)
    except ValueError:
        told = {}
    address = str(told.get("url", ""))
    path = Path(unquote(urlsplit(address).path))
    problem = "is no index, folder or wheel"
    if address.startswith("file:") and not path.exists():
        problem = "is gone"
    elif "dir_info" in told:
        return "folder", str(path)
    elif "archive_info" in told and address.endswith(".whl"):
        return "file", address
    raise DeploymentError(
        f"{name} {distribution.version}",
        f"was installed from {strip_passwords(address) or 'nowhere'}, which {problem}",
        "install it from an index, from a folder, or from a wheel",
    )
