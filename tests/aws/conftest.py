"""What the tests of AWS share: the models of its services."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import botocore.loaders
import botocore.session
import pytest


@pytest.fixture(scope="session", autouse=True)
def shared_models() -> Iterator[None]:
    """Let all sessions of botocore have one loader; each would parse megabytes of JSON again, half of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.loaders.create_loader))
        yield
