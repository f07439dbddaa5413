"""The zygote of submissions: prepares what their processes have in common, and forks them.

Its memory never held a secret, an expected value or a test: what a fork of it could read is this program and the
standard library.
"""

from __future__ import annotations

import json
import random
import select
import sys
from typing import Any, NoReturn

from rlvr_code.inside.child import Child, rehearse
from rlvr_code.inside.language.allowed import DEFAULT_MODULES
from rlvr_code.inside.language.layer import Language
from rlvr_code.wire.frames import CHANNEL, send
from rlvr_code.zygote.forking import Become, run
from rlvr_code.zygote.sealing import ProcessLimits, Sealer


def main(descriptor: int) -> NoReturn:
    """Fork the processes of submissions for the supervisor at the other end of a socket."""
    run(descriptor, _submissions)


def _submissions(settings: dict[str, Any]) -> Become:
    """Make ready to become the process of a submission, and seal this one with what that inherits."""
    sys.modules["_hashlib"] = None  # type: ignore[assignment]  # hashes without OpenSSL, whose pages each fork pays for
    modules = DEFAULT_MODULES if settings["modules"] is None else settings["modules"]
    language = Language(modules, restricted=settings["restricted"])
    sealer = Sealer(ProcessLimits(**settings["limits"]), settings["layers"])
    asked = select.poll()
    asked.register(CHANNEL, select.POLLIN)
    rehearse(Child(language))

    def become() -> NoReturn:
        if not asked.poll(0):  # a spare: nobody waits for it yet
            rehearse(Child(language))
        random.seed(0)
        layers = json.dumps(sealer.seal((0, 1, 2, CHANNEL)))
        send(CHANNEL, ["ready", 0, layers])
        Child(language).serve()

    sealer.seal_zygote()
    return become
