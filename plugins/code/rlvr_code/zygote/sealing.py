"""Seals a freshly forked process, layer by layer."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from rlvr_code.zygote.kernel import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, Kernel
from rlvr_code.zygote.landlock import Ruleset
from rlvr_code.zygote.seccomp import Filter

# What a process of the sandbox may have in its environment: nothing that says where or for whom it runs.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}

# Inherited by what the zygote forks, so applied once, to it.
INHERITED_LAYERS = ("empty_environment", "own_user", "no_new_privs", "landlock", "non_dumpable")
# Applied in each process: what a zygote cannot do without, or what no fork inherits.
OWN_LAYERS = ("closed_descriptors", "parent_death_signal", "rlimits", "seccomp")
LAYERS = (*INHERITED_LAYERS, *OWN_LAYERS)

# Users that no machine has, one for each zygote, so that none meets what another left.
_FIRST_USER, _USERS = 2_000_000_000, 100_000_000
_NOBODY = 65_534
_HIGHEST_DESCRIPTOR = 1 << 16


class ProcessLimits(NamedTuple):
    """What a process may use.

    Attributes:
        memory_bytes: Address space.
        cpu_seconds: CPU time after which the kernel ends it, if the trusted side has not: a backstop.
        stack_bytes: The main thread's stack.
        open_files: Descriptors.
    """

    memory_bytes: int
    cpu_seconds: int
    stack_bytes: int = 64 << 20
    open_files: int = 8


class Sealer:
    """Applies layers to a process; made once, in the zygote, which does what can be done before.

    Args:
        limits: What each process may use.
        layers: Which layers to apply, of :data:`LAYERS`.
    """

    def __init__(self, limits: ProcessLimits, layers: Collection[str] = LAYERS) -> None:
        self._limits = limits
        self._kernel = Kernel()
        self._parent = os.getpid()
        self._keep: Sequence[int] = ()
        steps: dict[str, Callable[[], None]] = {
            "empty_environment": _require_empty_environment,
            "closed_descriptors": self._close_descriptors,
            "own_user": _become_nobody,
            "parent_death_signal": self._die_with_parent,
            "no_new_privs": lambda: self._kernel.prctl(PR_SET_NO_NEW_PRIVS, 1),
            "landlock": self._made(lambda: Ruleset(self._kernel).apply),
            "rlimits": self._limit,
            "non_dumpable": lambda: self._kernel.prctl(PR_SET_DUMPABLE, 0),
            "seccomp": self._made(lambda: Filter(self._kernel).apply),
        }
        self._steps = {name: steps[name] for name in LAYERS if name in layers}
        self._inherited: dict[str, str] = {}

    @staticmethod
    def _made(make: Callable[[], Callable[[], None]]) -> Callable[[], None]:
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
        self._inherited = self._applied(INHERITED_LAYERS)

    def seal(self, keep: Sequence[int]) -> dict[str, str]:
        """Apply to a fork of the zygote what it has not inherited, for good.

        Args:
            keep: The descriptors that stay open: 0, 1, 2 and so on without a gap.

        Returns:
            Each layer's name with ``on``, or ``off:`` and why.
        """
        self._keep = keep
        return {**self._inherited, **self._applied(OWN_LAYERS)}

    def _applied(self, names: Sequence[str]) -> dict[str, str]:
        applied: dict[str, str] = {}
        for name in names:
            if name in self._steps:
                try:
                    self._steps[name]()
                except (OSError, ValueError) as error:
                    applied[name] = f"off: {error}"
                else:
                    applied[name] = "on"
        return applied

    def _close_descriptors(self) -> None:
        os.closerange(max(self._keep) + 1, _HIGHEST_DESCRIPTOR)

    def _die_with_parent(self) -> None:
        self._kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._parent:
            os._exit(0)  # it had ended before the kernel was told

    def _limit(self) -> None:
        limits = self._limits
        for name, soft, hard in (
            ("AS", limits.memory_bytes, limits.memory_bytes),
            ("CPU", limits.cpu_seconds, limits.cpu_seconds + 1),
            ("FSIZE", 0, 0),
            ("CORE", 0, 0),
            ("NPROC", 0, 0),
            ("MEMLOCK", 0, 0),
            ("MSGQUEUE", 0, 0),
            ("STACK", limits.stack_bytes, limits.stack_bytes),
            ("NOFILE", limits.open_files, limits.open_files),
        ):
            number = getattr(resource, f"RLIMIT_{name}", None)
            if number is not None:
                resource.setrlimit(number, (soft, hard))


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
