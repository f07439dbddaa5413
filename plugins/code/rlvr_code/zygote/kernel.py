"""System calls that Python has no function for.

A hundred lines over ``ctypes`` take the place of five packages of which none covers what is needed here and most load
a system library; see the README.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Callable
from typing import NamedTuple

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38

_PRCTL_VALUES = 4

LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446  # the same everywhere


class Architecture(NamedTuple):
    """What differs between processors: the number by which the kernel names one, and its system calls."""

    audit: int
    x32: bool
    calls: dict[str, int]


# What a Python process computes with once everything is imported; see ``code-sandbox`` notes in the README.
_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigprocmask": 14, "rt_sigreturn": 15, "writev": 20, "sched_yield": 24, "mremap": 25, "madvise": 28,
    "nanosleep": 35, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrusage": 98, "getuid": 102, "getgid": 104,
    "geteuid": 107, "getegid": 108, "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204,
    "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "getrandom": 318,
    "clone3": 435,
}  # fmt: skip
_AARCH64 = {
    "read": 63, "write": 64, "close": 57, "fstat": 80, "lseek": 62, "mmap": 222, "mprotect": 226, "munmap": 215,
    "brk": 214, "rt_sigprocmask": 135, "rt_sigreturn": 139, "writev": 66, "sched_yield": 124, "mremap": 216,
    "madvise": 233, "nanosleep": 101, "getpid": 172, "exit": 93, "gettimeofday": 169, "getrusage": 165, "getuid": 174,
    "getgid": 176, "geteuid": 175, "getegid": 177, "sigaltstack": 132, "gettid": 178, "futex": 98,
    "sched_getaffinity": 123, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "exit_group": 94,
    "getrandom": 278, "clone3": 435,
}  # fmt: skip

ARCHITECTURES = {
    "x86_64": Architecture(audit=0xC000003E, x32=True, calls=_X86_64),
    "aarch64": Architecture(audit=0xC00000B7, x32=False, calls=_AARCH64),
}


class Kernel:
    """Linux, as far as it is asked here.

    Raises:
        OSError: From every method, when the kernel refuses.
    """

    def __init__(self) -> None:
        self.is_linux = sys.platform == "linux"
        machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        is_native = sys.maxsize > 1 << 32  # a 32-bit interpreter on a 64-bit kernel makes other calls
        self.architecture = ARCHITECTURES.get(machine) if self.is_linux and is_native else None
        self._library = ctypes.CDLL(None, use_errno=True)
        self._prctl = self._library.prctl
        self._prctl.restype = ctypes.c_int
        self._syscall = self._library.syscall
        self._syscall.restype = ctypes.c_long

    def prctl(self, option: int, value: int) -> None:
        """Set an attribute of this process."""
        self.prepared_prctl(option, ctypes.c_ulong(value))()

    def prepared_prctl(self, option: int, *values: object) -> Callable[[], None]:
        """Return a function that sets an attribute of the process that calls it.

        A fresh fork copies each page of memory that it touches, so that all it needs is made beforehand.

        Args:
            option: The attribute.
            values: Objects of ``ctypes``.
        """
        if not self.is_linux:
            raise OSError(errno.ENOSYS, "not Linux")
        absent = [ctypes.c_ulong(0)] * (_PRCTL_VALUES - len(values))
        arguments = (ctypes.c_int(option), *values, *absent)
        prctl, failed = self._prctl, self._failed

        def apply() -> None:
            if prctl(*arguments):
                failed()

        return apply

    def call(self, number: int, *arguments: object) -> int:
        """Make a system call by number."""
        if not self.is_linux:
            raise OSError(errno.ENOSYS, "not Linux")
        result = int(self._syscall(ctypes.c_long(number), *arguments))
        if result < 0:
            self._failed()
        return result

    @staticmethod
    def _failed() -> None:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
