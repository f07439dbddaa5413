"""The zygote of submissions: prepares what their processes have in common, and forks them.

Its memory never held a secret, an expected value or a test: what a fork of it could read is this program and the
standard library.
"""

from __future__ import annotations

import json
import random
import resource
import sys
from pathlib import Path
from typing import Any, NoReturn

from rlvr_code.inside.child import Child, rehearse
from rlvr_code.inside.language.allowed import DEFAULT_MODULES
from rlvr_code.inside.language.layer import Language
from rlvr_code.wire.frames import framed
from rlvr_code.zygote.forking import REHEARSALS, Become, run
from rlvr_code.zygote.sealing import ProcessLimits, Sealer


def main(descriptor: int) -> NoReturn:
    """Fork the processes of submissions for the supervisor at the other end of a socket."""
    run(descriptor, _submissions)


def _submissions(settings: dict[str, Any]) -> Become:
    """Make ready to become the process of a submission, and seal this process with the layers that forks inherit."""
    sys.modules["_hashlib"] = None  # type: ignore[assignment]  # hashes without OpenSSL, whose pages each fork pays for
    modules = DEFAULT_MODULES if settings["modules"] is None else settings["modules"]
    language = Language(modules, restricted=settings["restricted"], libraries=settings["libraries"])
    limits = ProcessLimits(**settings["limits"])
    if settings["libraries"]:
        limits = limits._replace(memory_bytes=limits.memory_bytes + _reserved_bytes())
    sealer = Sealer(limits, settings["layers"])
    for _ in range(REHEARSALS):
        rehearse(language)
    child = Child(language)
    sealer.seal_zygote()
    usual = _greeting(sealer.expected_layers)
    random.seed(0)

    def become() -> NoReturn:
        layers = sealer.seal()
        child.serve(usual if layers is sealer.expected_layers else _greeting(layers))

    return become


def _reserved_bytes() -> int:
    """Return the address space of this process: libraries reserve much more of it than they use."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _greeting(layers: dict[str, str]) -> bytes:
    return framed(["ready", 0, json.dumps(layers)])
