"""Find which layers of the sandbox work on this machine, in a process of its own."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rlvr_code.zygote.sealing import ENVIRONMENT, LAYERS

_PROBE_SECONDS = 60.0


@functools.cache
def probe() -> Mapping[str, str]:
    """Try every layer, in processes of their own.

    Returns:
        Each layer's name with ``on``, or ``off:`` and why; the same for as long as this process lives.
    """
    here = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {here!r}); from rlvr_code.zygote import probing; probing.main()"
    try:
        told = subprocess.run(  # noqa: S603  # our own interpreter and program
            [sys.executable, "-s", "-S", "-P", "-B", "-c", code],
            env=ENVIRONMENT,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
        found: dict[str, str] = json.loads(told.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return dict.fromkeys(LAYERS, f"off: it could not be tried: {error}")
    return found
