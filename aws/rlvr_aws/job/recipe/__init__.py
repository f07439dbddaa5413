"""The blocks that each platform's job needs, made from a function's ARN and checked before anything is sent."""

from __future__ import annotations

# Recipes are made on this machine alone.
CALLS: tuple[str, ...] = ()
