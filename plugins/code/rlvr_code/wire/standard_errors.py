"""Exception classes of the standard library, which tests catch by their own names."""

from __future__ import annotations

import importlib

_PLACES: dict[str, str] = {
    "_csv": "csv.Error",
    "_queue": "queue.Empty",
    "argparse": "argparse.ArgumentError argparse.ArgumentTypeError",
    "asyncio": "asyncio.InvalidStateError asyncio.QueueEmpty asyncio.QueueFull",
    "binascii": "binascii.Error binascii.Incomplete",
    "concurrent.futures._base": "concurrent.futures.InvalidStateError",
    "dataclasses": "dataclasses.FrozenInstanceError",
    "decimal": "decimal.Clamped decimal.DecimalException decimal.DivisionByZero decimal.FloatOperation decimal.Inexact "
    "decimal.InvalidOperation decimal.Overflow decimal.Rounded decimal.Subnormal decimal.Underflow",
    "graphlib": "graphlib.CycleError",
    "io": "io.UnsupportedOperation",
    "ipaddress": "ipaddress.AddressValueError ipaddress.NetmaskValueError",
    "json.decoder": "json.JSONDecodeError",
    "queue": "queue.Full queue.Empty",
    "re": "re.error re.PatternError",
    "statistics": "statistics.StatisticsError",
    "struct": "struct.error",
    "xml.etree.ElementTree": "xml.etree.ElementTree.ParseError",
    "zlib": "zlib.error",
}
# By the name that a class itself has.
_PUBLIC: dict[str, str] = {
    f"{module}.{place.rpartition('.')[2]}": place for module, places in _PLACES.items() for place in places.split()
}


def standard_name(kind: type) -> str:
    """Return the public name of an exception class of the standard library; "" for other classes."""
    return _PUBLIC.get(f"{kind.__module__}.{kind.__name__}", "")


def standard_error(name: str) -> type[Exception] | None:
    """Return the exception class of a public name; None if no class has it here."""
    if name not in _PUBLIC.values():
        return None
    module, _, last = name.rpartition(".")
    found = getattr(importlib.import_module(module), last, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None
