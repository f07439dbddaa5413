"""A filter of system calls: what computing needs is allowed, all else is refused.

No call that opens, connects, starts, signals or traces is among the allowed; memory never becomes executable.
Refused calls fail with EPERM, so that Python tells the submission an ordinary error; another architecture's calls, of
which this filter knows nothing, end the process.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Callable

from rlvr_code.zygote.kernel import PR_SET_SECCOMP, Architecture, Kernel

ALLOW, REFUSE, ABSENT, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
LOAD, EQUALS, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, THIRD_ARGUMENT = 0, 4, 32  # offsets in what the filter sees

_PROT_EXEC = 4
_X32_BIT = 0x40000000
_MODE_FILTER = 2
_INSTRUCTION = struct.Struct("=HBBI")

Instruction = tuple[int, int, int, int]

# These make memory executable when asked so; allowed without.
_MAPPING = ("mmap", "mprotect")
# glibc then falls back to calls that are refused in turn, so that Python says that it cannot start a thread.
_ABSENT = ("clone3",)


def program(architecture: Architecture) -> list[Instruction]:
    """Write the filter for an architecture, as classic BPF instructions ``(code, if true, if false, value)``."""
    plain = [number for name, number in architecture.calls.items() if name not in {*_MAPPING, *_ABSENT}]
    mapping = [architecture.calls[name] for name in _MAPPING]
    absent = [architecture.calls[name] for name in _ABSENT]
    instructions: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUALS, 1, 0, architecture.audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if architecture.x32:
        instructions += [(AT_LEAST, 0, 1, _X32_BIT), (RETURN, 0, 0, KILL)]
    for number in plain:
        instructions += [(EQUALS, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    for number in absent:
        instructions += [(EQUALS, 0, 1, number), (RETURN, 0, 0, ABSENT)]
    for number in mapping:
        instructions += [
            (EQUALS, 0, 4, number),
            (LOAD, 0, 0, THIRD_ARGUMENT),
            (ANY_BIT, 0, 1, _PROT_EXEC),
            (RETURN, 0, 0, REFUSE),
            (RETURN, 0, 0, ALLOW),
        ]
    return [*instructions, (RETURN, 0, 0, REFUSE)]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(ctypes.c_char)))


def prepared_filter(kernel: Kernel) -> Callable[[], None]:
    """Return what puts the process that calls it under the filter of this machine, for good.

    It raises OSError if the kernel refuses; EACCES without ``no_new_privs``.

    Raises:
        OSError: There is no filter for this machine.
    """
    if kernel.architecture is None:
        raise OSError(errno.ENOSYS, "no list of system calls for this architecture")
    written = program(kernel.architecture)
    code = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*each) for each in written))
    filter_ = _Program(len(written), ctypes.cast(code, ctypes.POINTER(ctypes.c_char)))  # which keeps the code
    return kernel.prepared_prctl(PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(filter_))
