"""The control groups of Linux that limit this process, in versions 1 and 2."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def cgroup_folders(controller: str, root: Path = CGROUPS, membership: Path = MEMBERSHIP) -> Iterator[Path]:
    """Yield the folders of the groups that this process is in, and of their parents.

    Args:
        controller: The name of a controller of version 1, such as ``cpu``; a group of version 2 has all of them.
        root: The folder where the groups are mounted.
        membership: The file that lists the groups of this process; no folder is yielded if it cannot be read.
    """
    with contextlib.suppress(OSError, ValueError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            top = root / controller if controllers else root
            folder = top / path.lstrip("/")
            while folder.is_relative_to(top):
                yield folder
                folder = folder.parent
