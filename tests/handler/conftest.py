"""The real Lambda runtime client, in a container of ``rlvr simulate``; and the results inside an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, assert_never

import pytest

from rlvr_aws.simulate.container import Container, DeployedFunction, Ending, Invocation
from rlvr_handler.settings import Envelope


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


def _results_in(answer: Any, envelope: Envelope) -> Any:
    """Return the results that an answer contains; its form is that of the envelope."""
    match envelope:
        case "list":
            return answer
        case "http-string":
            assert isinstance(answer["body"], str)
            return json.loads(answer["body"])
        case "http-list":
            return answer["body"]
        case _:
            assert_never(envelope)


@pytest.fixture(scope="session")
def results_in() -> Callable[[Any, Envelope], Any]:
    """Return the function that takes the results out of an answer."""
    return _results_in
