"""Judging JSON: strict reading, schemas, structured extraction, tool calls, OpenAPI responses.

The public functions are imported when they are asked for, so that finding the plugin stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr_schema.conformance import Conformance, conforms
    from rlvr_schema.extraction import Extraction, Rung, extract
    from rlvr_schema.strict import Fault, Parsed, parse

__all__ = ["Conformance", "Extraction", "Fault", "Parsed", "Rung", "conforms", "extract", "parse"]

_HOMES = {
    "conformance": ("Conformance", "conforms"),
    "extraction": ("Extraction", "Rung", "extract"),
    "strict": ("Fault", "Parsed", "parse"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"rlvr_schema.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
