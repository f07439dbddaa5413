"""Landlock without a rule: no file, no TCP, no abstract socket, no signal to processes outside."""

from __future__ import annotations

import ctypes
import os
import struct

from rlvr_code.zygote.kernel import LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF, Kernel

_VERSION = 1
_FILES = 0x1FFF  # what version 1 handles: thirteen rights
_FILES_SINCE = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # refer, truncate, ioctl of devices
_NETWORK_SINCE, _NETWORK = 4, 0b11  # bind and connect TCP
_SCOPE_SINCE, _SCOPE = 6, 0b11  # abstract sockets, signals


def version(kernel: Kernel) -> int:
    """Landlock's version.

    Raises:
        OSError: The kernel has none, or has it switched off.
    """
    return kernel.call(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))


class Ruleset:
    """All rights that this kernel handles, and none granted."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.version = version(kernel)
        files = _FILES | sum(bit for since, bit in _FILES_SINCE.items() if self.version >= since)
        attributes = [files]
        if self.version >= _NETWORK_SINCE:
            attributes.append(_NETWORK)
        if self.version >= _SCOPE_SINCE:
            attributes.append(_SCOPE)
        self._attributes = ctypes.create_string_buffer(struct.pack(f"={len(attributes)}Q", *attributes))
        self._size = len(attributes) * 8

    def apply(self) -> None:
        """Take every right that Landlock handles from this process, for good.

        Raises:
            OSError: The kernel refuses; EPERM without ``no_new_privs``.
        """
        descriptor = self._kernel.call(
            LANDLOCK_CREATE_RULESET, self._attributes, ctypes.c_size_t(self._size), ctypes.c_uint(0)
        )
        try:
            self._kernel.call(LANDLOCK_RESTRICT_SELF, ctypes.c_int(descriptor), ctypes.c_uint(0))
        finally:
            os.close(descriptor)
