"""The page at ``/``: a person pastes a row and sees how it earns its reward."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files


@cache
def page() -> tuple[bytes, str]:
    """Return the page, and the policy that lets a browser run nothing but its own script and ask nobody else."""
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    style, script = (_digest(text, name) for name in ("style", "script"))
    policy = (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text.encode(), policy


def _digest(text: str, name: str) -> str:
    inside = re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
    if inside is None:
        raise ValueError(f"the page has no <{name}>")
    return "sha256-" + base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
