"""The requirements of a suite: rlvr, the handler, and the plugins that it names, in the installed versions.

A layer contains the versions of this environment, so that it scores as this machine does. Only further requirements of
the wheels for Lambda's platform are resolved again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeAlias, assert_never
from urllib.parse import unquote, urlsplit

import msgspec

from rlvr import Suite
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import strip_passwords

Origin: TypeAlias = Literal["index", "folder", "file"]

# The distributions that every layer has.
OWN = ("rlvr", "rlvr-handler")
# Lambda's runtime contains these; they would take a tenth of a layer's limit.
LEFT_OUT = ("boto3", "botocore", "s3transfer")

_EXTRAS = re.compile(r"\s*[\w.-]+\s*\[([^\]]*)\]")
_MARKED = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """An installed distribution that the layer needs.

    Attributes:
        name: Its normalised name.
        version: The installed version.
        origin: Whether it was installed from an index, a folder of this machine, or a file.
        place: The path of the folder or the URL of the file; "" for an index.
    """

    name: str
    version: str
    origin: Origin = "index"
    place: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it was not installed from an index."""
        match self.origin:
            case "folder" | "file":
                return True
            case "index":
                return False
            case _:
                assert_never(self.origin)


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """The requirements of a layer.

    Attributes:
        roots: rlvr, the handler, and the distributions of the suite's plugins.
        local: Distributions that the roots require and that were not installed from an index.
        pins: Versions of the other distributions that the roots require, by name.
        extra: Further requirements, in pip's syntax.
        without: Distributions to leave out although something requires them, by normalised name.
    """

    roots: tuple[Need, ...]
    local: tuple[Need, ...]
    pins: Mapping[str, str]
    extra: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def needs_of(suite: Suite, extra: Sequence[str] = (), without: Sequence[str] = ()) -> Needs:
    """Return the requirements of a layer for a suite.

    Args:
        suite: The suite; its plugins are installed.
        extra: Further requirements, such as an accelerator that a plugin uses if it is installed.
        without: Distributions to leave out, such as one that a plugin can do without.

    Raises:
        DeploymentError: A distribution has an origin that no layer can be built from, or nothing requires one that is
            to be left out.
    """
    distributions = {entry.installed.distribution for entry in suite.entries}
    installed = {normalise_name(each.name): each for each in metadata.distributions() if each.name}
    roots = [_need(installed, normalise_name(name), suite.source) for name in (*OWN, *sorted(distributions))]
    reached = _all_requirements([*(need.name for need in roots), *extra], installed)
    left_out = _left_out(without, reached - {need.name for need in roots})
    reached -= left_out
    others = [_need(installed, name, suite.source) for name in sorted(reached - {need.name for need in roots})]
    return Needs(
        roots=tuple(roots),
        local=tuple(need for need in others if need.is_local),
        pins={need.name: need.version for need in others if not need.is_local},
        extra=tuple(extra),
        without=tuple(sorted(left_out)),
    )


def _left_out(names: Sequence[str], reached: set[str]) -> set[str]:
    """Return the normalised names of distributions to leave out."""
    left_out = set(map(normalise_name, names))
    unknown = sorted(left_out - reached)
    if unknown:
        known = ", ".join(sorted(reached))
        raise DeploymentError("--without", f"the layer does not contain {', '.join(unknown)} anyway", f"one of {known}")
    return left_out


def normalise_name(name: str) -> str:
    """Return the name of a distribution, normalised by PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(requirement: str) -> str:
    """Return the normalised name in a requirement; "" for a requirement without a name, such as a path."""
    match = _NAME.match(requirement)
    return normalise_name(match[0]) if match else ""


def _all_requirements(requirements: Iterable[str], installed: Mapping[str, metadata.Distribution]) -> set[str]:
    """Return the names of all direct and indirect requirements, for any platform, with the extras that they ask for.

    These may be more than the layer will contain; a pin of a distribution that is not needed has no effect.
    """
    found: set[str] = set()
    waiting = [(requirement_name(each), extra) for each in requirements for extra in _extras_asked(each)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = asked = waiting.pop()
        if asked in seen or name not in installed or name in LEFT_OUT:
            continue
        seen.add(asked)
        found.add(name)
        for requirement in installed[name].requires or ():
            if extra in _extras_of_marker(requirement):
                waiting.extend((requirement_name(requirement), each) for each in _extras_asked(requirement))
    return found


def _extras_asked(requirement: str) -> list[str]:
    """Return the extras between the brackets of a requirement, with "" for the distribution without extras."""
    match = _EXTRAS.match(requirement)
    return ["", *(normalise_name(each) for each in re.split(r"[,\s]+", match[1] if match else "") if each)]


def _extras_of_marker(requirement: str) -> list[str]:
    """Return the extras with which a requirement applies; "" for one that always does."""
    return [normalise_name(each) for each in _MARKED.findall(requirement)] or [""]


def _need(installed: Mapping[str, metadata.Distribution], name: str, source: str) -> Need:
    distribution = installed.get(name)
    if distribution is None:
        problem = "its distribution is not installed, so no layer can contain it"
        raise DeploymentError(f"{source}: {name}", problem, "install it with pip, as a distribution with metadata")
    origin, place = _origin(distribution, name)
    return Need(name=name, version=distribution.version, origin=origin, place=place)


def _origin(distribution: metadata.Distribution, name: str) -> tuple[Origin, str]:
    """Return where pip or uv installed a distribution from.

    Source:
        https://packaging.python.org/en/latest/specifications/direct-url/
    """
    text = distribution.read_text("direct_url.json")
    if not text:
        return "index", ""
    try:
        source: dict[str, Any] = json.loads(text)
    except ValueError:
        source = {}
    address = str(source.get("url", ""))
    path = Path(unquote(urlsplit(address).path))
    problem = "is not an index, a folder or a wheel"
    if address.startswith("file:") and not path.exists():
        problem = "no longer exists"
    elif "dir_info" in source:
        return "folder", str(path)
    elif "archive_info" in source and address.endswith(".whl"):
        return "file", address
    raise DeploymentError(
        f"{name} {distribution.version}",
        f"was installed from {strip_passwords(address) or 'nowhere'}, which {problem}",
        "install it from an index, from a folder, or from a wheel",
    )
