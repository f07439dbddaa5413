"""Source that the policy accepts as it is, by its text: most submissions, for which a walk through the tree is saved.

The test errs to one side: it sends source to the policy that the policy would not change either, such as a text that
contains a reserved word. A property test holds it against the policy.
"""

from __future__ import annotations

import re
import sys

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from rlvr_code.inside.language.allowed import GUARDED_ATTRIBUTES, RESERVED_NAMES

_WORDS = "|".join(sorted(map(re.escape, {*INSPECT_ATTRIBUTES, *GUARDED_ATTRIBUTES, *RESERVED_NAMES})))
# Unpacking in a comprehension, and template strings: no Python for versions that do not have them.
_NEWER = r"""| [\[({][ \t\n]*\* | \b[rR]?[tT][rR]?["']""" if sys.version_info >= (3, 14) else ""
_SUSPECT = re.compile(
    rf"""
    [^\t\n\x20-\x7e]            # other characters: Python normalises some identifiers, and knows other ends of lines
    | __                        # special names
    | \b(?:{_WORDS})\b
    | \\\n                      # a statement that goes on, such as an import
    | \bexcept[ \t]*\*
    {_NEWER}
    """,
    re.VERBOSE,
)
_IMPORT = re.compile(r"^.*\bimport\b.*$", re.MULTILINE)
_PLAIN_IMPORT = re.compile(r"[ \t]*(?:from +[a-zA-Z0-9]+ +)?import +[a-zA-Z0-9, *]+")


def is_plain(source: str) -> bool:
    """Return True only if the policy accepts the source and compiles it as it is written, or it is no Python."""
    if _SUSPECT.search(source) is not None:
        return False
    if "import" not in source:
        return True
    return all(_PLAIN_IMPORT.fullmatch(found[0]) is not None for found in _IMPORT.finditer(source))
