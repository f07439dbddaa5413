"""Processes straight from the sandbox, and how those that died had died."""

from __future__ import annotations

import os
import signal

from rlvr_code.trusted.process import Process
from rlvr_code.trusted.supervisor import Exit, Sandbox, signal_name
from rlvr_code.wire.outcome import Kind

_KINDS = {signal.SIGXCPU: Kind.TIME, signal.SIGPROF: Kind.TIME, signal.SIGSYS: Kind.FORBIDDEN}
# Resident memory this close to the limit says what an otherwise unexplained death was.
_FULL = 0.8


class Owned:
    """Gives processes of a sandbox, and ends them."""

    def __init__(self, sandbox: Sandbox, *, keep_output: bool = False) -> None:
        self._sandbox = sandbox
        self._keep_output = keep_output

    def process(self) -> Process:
        """Give a fresh sealed process."""
        return self._sandbox.process(keep_output=self._keep_output)

    def end(self, process: Process) -> tuple[Kind, str]:
        """End a process, and say how it had ended if it had."""
        return kind_of_exit(self._sandbox.end(process), self._sandbox.memory_bytes)

    def drop(self, process: Process) -> None:
        """End a process without waiting for it, and have another made ready."""
        self._sandbox.drop(process)


def kind_of_exit(exit_: Exit, memory_bytes: int) -> tuple[Kind, str]:
    """Return how a test fails whose process has ended, and why.

    Args:
        exit_: How it ended.
        memory_bytes: The limit of its memory.
    """
    if exit_.resident_bytes > _FULL * memory_bytes:
        return Kind.MEMORY, f"its process ended with {exit_.resident_bytes >> 20} MiB in use"
    if not exit_.signal:
        return Kind.EXITED, f"its process exited with status {os.waitstatus_to_exitcode(exit_.status)}"
    if exit_.signal == signal.SIGKILL:
        return Kind.EXITED, "its process ended the conversation"
    kind = _KINDS.get(signal.Signals(exit_.signal), Kind.CRASHED)
    return kind, f"its process was ended by {signal_name(exit_.signal)}"
