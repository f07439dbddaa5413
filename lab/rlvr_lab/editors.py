"""What editors read in suites that a command writes."""

from __future__ import annotations

EDITOR_LINES = (
    "# Editors complete and check the file once `rlvr schema -o suite.schema.json` has written the schema:",
    "# yaml-language-server: $schema=suite.schema.json",
)
