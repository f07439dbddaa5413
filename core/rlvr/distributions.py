"""The installed distributions: versions, requirements and entry points, read from the folders of ``sys.path``.

``importlib.metadata`` reads the same files, but its import takes a fifth of the CPU time of a cold start, because it
imports the parsers of mail, CSV and zip files.
It is used where a distribution may be elsewhere: in a zip file, in an egg, or behind an import hook.

Source:
    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache, reduce
from importlib import import_module
from importlib.machinery import PathFinder
from itertools import takewhile
from typing import Any, NamedTuple


class Announced(NamedTuple):
    """An object that an installed distribution announces in an entry-point group."""

    name: str
    value: str
    distribution: str
    version: str

    def load(self) -> Any:
        """Import the object."""
        module, _, attributes = self.value.partition("[")[0].strip().partition(":")
        names = (name.strip() for name in attributes.split(".") if name)
        return reduce(getattr, names, import_module(module.strip()))


def announced_in(group: str) -> list[Announced]:
    """Return the entry points of a group; of a distribution that is on the path twice, only those of the first."""
    folders = _metadata_folders()
    if folders is None:
        from importlib.metadata import entry_points

        return [
            Announced(point.name, point.value, point.dist.name, point.dist.version)
            for point in entry_points(group=group)
            if point.dist is not None
        ]
    found = []
    for folder in folders.values():
        pairs = list(_pairs_of(_lines_of(folder, "entry_points.txt"), group))
        if pairs:
            fields = _fields_of(folder)
            who = fields.get("Name", [""])[0], fields.get("Version", [""])[0]
            found += [Announced(name, value, *who) for name, value in pairs]
    return found


def metadata_of(distribution: str) -> dict[str, list[str]] | None:
    """Return the values of each header of a distribution's metadata, such as ``Version``; None if it is absent."""
    folders = _metadata_folders()
    if folders is None:
        from importlib import metadata

        try:
            found = metadata.distribution(distribution)
        except metadata.PackageNotFoundError:
            return None
        return _parse_head((found.read_text("METADATA") or found.read_text("PKG-INFO") or "").splitlines())
    folder = folders.get(_normalized(distribution))
    return None if folder is None else _fields_of(folder)


def how_to_install(requirement: str) -> str:
    """Return the command that installs a distribution, or an extra of one, into the environment of this rlvr.

    An extra of an installed distribution can be installed although the distribution is not on an index.
    If the distribution is not installed, and rlvr was installed from a checkout, the command names its folder.

    Args:
        requirement: Such as ``rlvr[tables]`` or ``rlvr-lab``.
    """
    import shlex
    from importlib.util import find_spec

    name, bracket, extras = requirement.partition("[")
    folder = _folder_in_checkout(name) if metadata_of(name) is None else None
    installer = "pip" if find_spec("pip") else "uv pip"  # uv makes environments without pip
    return f"{installer} install {shlex.quote((folder or name) + bracket + extras)}"


def _folder_in_checkout(distribution: str) -> str | None:
    """Return the folder of a distribution in the checkout from which rlvr was installed; None if there is none."""
    import json
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    own = (_metadata_folders() or {}).get("rlvr")
    origin = json.loads("".join(_lines_of(own, "direct_url.json")) or "{}") if own else {}
    if "dir_info" not in origin:
        return None
    core = url2pathname(urlsplit(origin["url"]).path)
    short = distribution.removeprefix("rlvr-")
    places = (os.path.join(os.path.dirname(core), *part, short) for part in ((), ("plugins",)))  # noqa: PTH118, PTH120  # as above
    return next((each for each in places if os.path.isfile(f"{each}/pyproject.toml")), None)  # noqa: PTH113  # as above


def _metadata_folders() -> dict[str, str] | None:
    """Return the metadata folder of each distribution by its normalized name; None if some may be elsewhere."""
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return None
    folders: dict[str, str] = {}
    for entry in sys.path:
        try:
            found = _folders_in(entry or ".", os.stat(entry or ".").st_mtime_ns)  # noqa: PTH116  # quicker than Path
        except NotADirectoryError:
            return None
        except OSError:
            continue
        if found is None:
            return None
        folders = {**found, **folders}
    return folders


@lru_cache(maxsize=64)
def _folders_in(entry: str, _changed: int) -> dict[str, str] | None:
    """Return the metadata folders in a folder of ``sys.path``; None if it has a distribution in another form.

    Args:
        entry: The folder.
        _changed: When it was changed, which identifies the answer.
    """
    folders: dict[str, str] = {}
    with os.scandir(entry) as entries:  # it knows which of them are folders
        found = [(each.name, each.is_dir()) for each in entries if each.name.endswith(_SUFFIXES)]
    for name, is_folder in sorted(found):
        if name.endswith(".egg") or not is_folder:
            return None
        folders.setdefault(_normalized(name.rpartition(".")[0].partition("-")[0]), f"{entry}/{name}")
    return folders


_SUFFIXES = (".dist-info", ".egg-info", ".egg")


def _normalized(name: str) -> str:
    """Return the name with each run of the characters ``-_.`` as one hyphen, in lower case."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _fields_of(folder: str) -> dict[str, list[str]]:
    """Return the headers of a metadata folder, without reading the description behind them."""
    for name in ("METADATA", "PKG-INFO"):
        with contextlib.suppress(OSError), open(f"{folder}/{name}", encoding="utf-8") as file:  # noqa: PTH123  # as above
            fields = _parse_head(file)
            if fields:
                return fields
    return {}


def _parse_head(lines: Iterable[str]) -> dict[str, list[str]]:
    """Parse the headers of metadata; the description after the first empty line is left out."""
    fields: dict[str, list[str]] = {}
    for line in takewhile(str.strip, lines):
        name, _, value = line.partition(": ")
        fields.setdefault(name, []).append(value.strip())
    return fields


def _pairs_of(lines: Iterable[str], group: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a section of ``entry_points.txt``."""
    section = ""
    for line in map(str.strip, lines):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == group and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()


def _lines_of(folder: str, name: str) -> list[str]:
    try:
        with open(f"{folder}/{name}", encoding="utf-8") as file:  # noqa: PTH123  # quicker than Path
            return list(file)
    except OSError:
        return []
