"""The real Lambda runtime client, in a container of ``rlvr simulate``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rlvr_aws.simulate.container import Container, DeployedFunction, Ending, Invocation


class Runtime(Container):
    """A container that tests send events to as values."""

    def answer(self, event: Any) -> Any:
        """Send one event; the answer as strict JSON."""
        invocation = self.answered(json.dumps(event).encode())
        return json.loads(invocation.body, parse_constant=pytest.fail)

    def answered(self, event: bytes) -> Invocation:
        """Send the bytes of an event that is answered."""
        invocation = self.invoke(event)
        assert invocation.ending is Ending.ANSWERED, invocation
        return invocation


@pytest.fixture
def lambda_runtime() -> Iterator[Callable[..., Runtime]]:
    """Start containers with environment variables; they are ended with the test."""
    started: list[Runtime] = []

    def start(**environment: str) -> Runtime:
        started.append(Runtime(DeployedFunction(environment=environment)))
        return started[-1]

    yield start
    for runtime in started:
        runtime.close()
