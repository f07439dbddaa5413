"""The module that Lambda names: ``rlvr_handler.lambda_function.lambda_handler``.

Importing it loads the suite that ``RLVR_SUITE`` names, so that a broken deployment fails at its start, with the reason,
and not at the first record.
"""

from __future__ import annotations

import os
from typing import Any

from rlvr_handler.handler import make_handler
from rlvr_handler.settings import settings_from
from rlvr_handler.suite_source import suite_from

# Kept for the container's life: loaded once, used by every invocation.
_handle = make_handler(suite_from(os.environ), settings_from(os.environ))


def lambda_handler(event: Any, context: Any = None) -> Any:
    """Answer one event; see ``rlvr_handler.handler.make_handler``."""
    return _handle(event, context)
