"""Seals a freshly forked process, layer by layer."""

from __future__ import annotations

import ctypes
import functools
import os
import resource
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from rlvr_code.wire.frames import CHANNEL
from rlvr_code.zygote.kernel import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, Kernel
from rlvr_code.zygote.landlock import Ruleset
from rlvr_code.zygote.seccomp import prepared_filter

Step: TypeAlias = Callable[[], object]
"""Applies a layer or a part of one to the process that calls it; it raises OSError or ValueError if it cannot."""

# What a process of the sandbox may have in its environment: nothing that says where or for whom it runs.
# Without LD_BIND_NOW, each fork would bind functions of shared libraries again, and copy the pages of their tables.
# NumPy's linear algebra would start threads, and take memory for each.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "LD_BIND_NOW": "1", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip

# Inherited by what the zygote forks, so applied once, to it.
INHERITED_LAYERS = ("empty_environment", "own_user", "no_new_privs", "landlock", "non_dumpable")
# Applied in each process: what a zygote cannot do without, or what no fork inherits.
OWN_LAYERS = ("closed_descriptors", "parent_death_signal", "rlimits", "seccomp")
LAYERS = (*INHERITED_LAYERS, *OWN_LAYERS)

# Users that no machine has, one for each zygote, so that none meets what another left.
_FIRST_USER, _USERS = 2_000_000_000, 100_000_000
_NOBODY = 65_534
_HIGHEST_DESCRIPTOR = 1 << 16


# What a referee without memory may still allocate, to say so.
RESERVE_BYTES = 4 << 20


class ProcessLimits(NamedTuple):
    """The limits of a process.

    Attributes:
        memory_bytes: The address space.
        cpu_seconds: The CPU time after which the kernel ends the process, if the trusted side has not: a backstop.
        stack_bytes: The main thread's stack.
        open_files: The number of descriptors.
    """

    memory_bytes: int
    cpu_seconds: int
    stack_bytes: int = 64 << 20
    open_files: int = 8

    def inherited(self) -> dict[str, tuple[int, int]]:
        """Return the soft and hard limits that a zygote can apply to itself: its forks inherit them."""
        return {
            "AS": (self.memory_bytes, self.memory_bytes),
            "FSIZE": (0, 0),
            "CORE": (0, 0),
            "MEMLOCK": (0, 0),
            "MSGQUEUE": (0, 0),
            "STACK": (self.stack_bytes, self.stack_bytes),
        }

    def own(self) -> dict[str, tuple[int, int]]:
        """Return the limits that each process applies to itself: a zygote must still fork, open and compute."""
        return {
            "CPU": (self.cpu_seconds, self.cpu_seconds + 1),
            "NPROC": (0, 0),
            "NOFILE": (self.open_files, self.open_files),
        }


class RefereeLimits(NamedTuple):
    """The limits of a referee, whose test code is trusted to open files and to start threads.

    Attributes:
        memory_bytes: Memory that it may allocate. Its shared libraries, which all processes share, do not count.
        cpu_seconds: As for :class:`ProcessLimits`.
    """

    memory_bytes: int
    cpu_seconds: int

    def inherited(self) -> dict[str, tuple[int, int]]:
        """Return nothing: a zygote of referees keeps its own limits."""
        return {}

    def own(self) -> dict[str, tuple[int, int]]:
        """Return the limits that each referee applies to itself, before it reads its job."""
        return {
            "DATA": (self.memory_bytes, self.memory_bytes + RESERVE_BYTES),
            "CPU": (self.cpu_seconds, self.cpu_seconds + 1),
            "CORE": (0, 0),
        }


class Sealer:
    """Applies layers to a process; made once, in the zygote, which makes ready all that can be made ready there.

    Args:
        limits: What each process may use.
        layers: The layers to apply, of :data:`LAYERS`.
    """

    def __init__(self, limits: ProcessLimits | RefereeLimits, layers: Collection[str] = LAYERS) -> None:
        kernel = Kernel()
        inherited: dict[str, Step] = {
            "empty_environment": _require_empty_environment,
            "own_user": _become_nobody,
            "no_new_privs": lambda: kernel.prctl(PR_SET_NO_NEW_PRIVS, 1),
            "landlock": self._made(lambda: Ruleset(kernel).apply),
            "non_dumpable": lambda: kernel.prctl(PR_SET_DUMPABLE, 0),
        }
        own: dict[str, Sequence[Step]] = {
            "closed_descriptors": [functools.partial(os.closerange, CHANNEL + 1, _HIGHEST_DESCRIPTOR)],
            "parent_death_signal": [
                self._made(lambda: kernel.prepared_prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))),
                _exit_without(os.getpid()),  # it may have ended before the kernel was told
            ],
            "rlimits": _limiting(limits.own()),
            "seccomp": [self._made(lambda: prepared_filter(kernel))],
        }
        self._inherited_steps = [(name, inherited[name]) for name in INHERITED_LAYERS if name in layers]
        self._inherited_limits = _limiting(limits.inherited()) if "rlimits" in layers else []
        self._own_steps = [(name, step) for name in OWN_LAYERS if name in layers for step in own[name]]
        self._all_on: dict[str, str] = {}

    @staticmethod
    def _made(make: Callable[[], Step]) -> Step:
        """Do the part that can be done before; if it fails, the layer fails in each process with the same words."""
        try:
            return make()
        except OSError as error:
            problem = error

            def absent() -> None:
                raise problem

            return absent

    def seal_zygote(self) -> None:
        """Apply to the zygote itself what its forks inherit, for good."""
        self._all_on = {name: _applied(step) for name, step in self._inherited_steps}
        self._all_on |= dict.fromkeys((name for name, _ in self._own_steps), _ON)
        for limit in self._inherited_limits:
            limited = _applied(limit)
            if limited != _ON:
                self._all_on["rlimits"] = limited

    @property
    def expected_layers(self) -> dict[str, str]:
        """The answer of :meth:`seal` if every layer that a fork applies itself holds; made once, in the zygote."""
        return self._all_on

    def seal(self) -> dict[str, str]:
        """Apply to a fork of the zygote what it has not inherited, for good; descriptors from 4 on are closed.

        Returns:
            Each layer's name with ``on``, or ``off:`` and why. It is :attr:`expected_layers` itself if all hold.
        """
        # In the usual case no object is made here: a fork copies each page that it writes to.
        problems: dict[str, str] | None = None
        for name, step in self._own_steps:
            try:
                step()
            except (OSError, ValueError) as error:
                problems = {**(problems or {}), name: f"off: {error}"}
        return self._all_on if problems is None else {**self._all_on, **problems}


_ON = "on"


def _applied(step: Step) -> str:
    try:
        step()
    except (OSError, ValueError) as error:
        return f"off: {error}"
    return _ON


def _limiting(limits: Mapping[str, tuple[int, int]]) -> list[Step]:
    """Return what sets the limits that this system has."""
    numbers = {name: getattr(resource, f"RLIMIT_{name}", None) for name in limits}
    return [
        functools.partial(resource.setrlimit, number, limits[name])
        for name, number in numbers.items()
        if number is not None
    ]


def _exit_without(parent: int) -> Step:
    getppid = os.getppid

    def check() -> None:
        if getppid() != parent:
            os._exit(0)

    return check


def _require_empty_environment() -> None:
    strange = sorted(os.environ.keys() - ENVIRONMENT.keys())
    if strange:
        raise ValueError(f"the environment holds {strange[0]}")


def _become_nobody() -> None:
    """Give up root for a user that owns nothing."""
    if os.geteuid() != 0:
        return  # as another user it has no rights to give up
    user = _FIRST_USER + os.getpid() % _USERS
    os.setgroups([])
    try:
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except OSError:  # a user namespace that maps few users
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
