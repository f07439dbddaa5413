"""What the tests of the lab share: made runs, and the rows that a page has."""

from __future__ import annotations

import base64
import gzip
import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

MADE = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("made_runs.py"))))


@pytest.fixture(scope="session")
def made() -> Any:
    """Return the builders of ``made_runs.py``."""
    return MADE


@pytest.fixture(scope="session")
def data_of() -> Any:
    """Return a function that unpacks the rows of a page, as its script does."""

    def unpack(document: str) -> Any:
        found = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', document)
        assert found
        return json.loads(gzip.decompress(base64.b64decode(found[1])))

    return unpack
