"""The zygote of referees: a referee is forked from it for one submission."""

from __future__ import annotations

import gc
import importlib
import os
import random
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from rlvr_code.referee.rehearsal import rehearse
from rlvr_code.referee.serving import serve
from rlvr_code.wire.frames import CHANNEL
from rlvr_code.wire.libraries import with_needed
from rlvr_code.zygote.forking import REHEARSALS, run
from rlvr_code.zygote.sealing import RefereeLimits, Sealer

# Tests often import these; the zygote imports them once, so that no referee has to.
_IMPORTED_EARLY = ("random", "string")
# Test code may open files and sockets. A submission can make it large or slow.
REFEREE_LAYERS = ("closed_descriptors", "parent_death_signal", "no_new_privs", "rlimits")


def main(descriptor: int) -> NoReturn:
    """Fork referees for the supervisor at the other end of a socket."""
    run(descriptor, _referees)


def _referees(settings: dict[str, Any]) -> Callable[[], NoReturn]:
    for name in (*_IMPORTED_EARLY, *with_needed(settings["libraries"])):
        importlib.import_module(name)
    # ``assert f(1).__eq__(2)`` is no success if the method is not that of a number.
    warnings.filterwarnings("error", "NotImplemented should not be used in a boolean context", DeprecationWarning)
    sealer = Sealer(RefereeLimits(**settings["referee_limits"]), REFEREE_LAYERS)
    for _ in range(REHEARSALS):
        rehearse()
    random.seed(0)
    sealer.seal_zygote()

    def become() -> NoReturn:
        sealer.seal()
        gc.enable()
        os.dup2(2, 1)  # what test code prints is not kept
        serve(CHANNEL)
        os._exit(0)

    return become
