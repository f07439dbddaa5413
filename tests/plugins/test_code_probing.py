"""A layer of the sandbox is reported as on only if it stops what it must stop."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from rlvr_code.trusted import probing
from rlvr_code.zygote.sealing import ENVIRONMENT, LAYERS

# What each layer of another process must stop is possible in this one.
UNSEALED = """
import json, os
from rlvr_code.zygote import probing
os.dup2(0, probing._STRAY_DESCRIPTOR)
held = {}
for name in probing._HOLDS:
    try:
        held[name] = bool(probing._HOLDS[name]())
    except Exception as error:
        held[name] = repr(error)
print(json.dumps(held))
"""

# A sealer that says something of a layer, a look that finds something, and what is reported.
TRIED: list[tuple[str, str, str]] = [
    ("'on'", "True", "on"),
    ("'on'", "False", "off: applied, but it stops nothing"),
    ("'on'", "1 / 0", "off: the process ended while it was tried"),
    ("'off: not here'", "True", "off: not here"),
    ("1 / 0", "True", "off: the process ended while it was tried"),
    ("os._exit(1)", "True", "off: the process ended while it was tried"),
]
FAKED = """
import json, os
from rlvr_code.zygote import probing
asked = []
class Sealer:
    def __init__(self, limits, names): self.names = names; asked.append(names)
    def seal_zygote(self): self.prepared = True
    def seal(self): return {name: self.said() for name in self.names if self.prepared}
probing.Sealer = Sealer
states = []
for said, found in json.loads(os.environ["TRIED"]):
    Sealer.said = eval(f"lambda _: {said}")
    probing._HOLDS = dict.fromkeys(probing.LAYERS, eval(f"lambda: {found}"))
    states.append([probing._tried(name) for name in ("rlimits", "landlock", "seccomp")])
Sealer.said = lambda _: "on"
probing._HOLDS = {name: lambda: os.fstat(probing._STRAY_DESCRIPTOR) for name in probing.LAYERS}
print(json.dumps([states, asked[:3]]))
probing.main()
"""


def _printed(code: str, **environment: str) -> list[Any]:
    """Return the lines of JSON that a program prints."""
    folder = os.pathsep.join(sys.path)
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": folder, "HOME": "/", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux'")
def test_a_process_without_layers_is_seen_to_have_none() -> None:
    """What a layer must stop succeeds there."""
    (held,) = _printed(UNSEALED)

    assert held.keys() == {*LAYERS}
    assert held.pop("own_user") is (os.geteuid() != 0)
    assert {name: value for name, value in held.items() if value is not False} == {}


def test_a_layer_is_on_if_it_was_applied_and_stops_something() -> None:
    """Anything else is off, with the reason; those that need another layer are applied with it."""
    cases = json.dumps([each[:2] for each in TRIED])
    (states, asked), found = _printed(FAKED, TRIED=cases)

    assert states == [[wanted] * 3 for _, _, wanted in TRIED]
    assert asked == [["rlimits"], ["no_new_privs", "landlock"], ["no_new_privs", "seccomp"]]
    assert found == dict.fromkeys(LAYERS, "on")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Replace the process that tries the layers, and forget what is known of them."""
    answers: list[Any] = []

    def run(command: list[str], **given: Any) -> Any:
        assert given["env"] == {**ENVIRONMENT}
        assert (given["capture_output"], given["check"]) == (True, True)
        assert command[0] == sys.executable
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return subprocess.CompletedProcess(command, 0, stdout=answer)

    monkeypatch.setattr(subprocess, "run", run)
    probing.probe.cache_clear()
    yield answers
    probing.probe.cache_clear()


def test_layers_that_cannot_be_tried_are_off(ran: list[Any]) -> None:
    """Whatever goes wrong; and they are tried once."""
    for problem in (OSError("no"), subprocess.TimeoutExpired("python", 60), b"no JSON"):
        probing.probe.cache_clear()
        ran.append(problem)
        found = probing.probe()
        assert found.keys() == {*LAYERS}
        assert {state.split(":")[0] for state in found.values()} == {"off"}
    assert probing.probe() is found
    probing.probe.cache_clear()
    ran.append(b'{"rlimits": "on"}')
    assert probing.probe() == {"rlimits": "on"}


def test_the_layers_of_this_machine_are_tried() -> None:
    """In a process of its own."""
    probing.probe.cache_clear()
    found = probing.probe()

    assert found.keys() == {*LAYERS}
    everywhere = {"rlimits", "closed_descriptors"}
    if sys.platform == "linux":  # on any kernel of this century
        everywhere |= {"no_new_privs", "non_dumpable", "parent_death_signal"}
    assert {found[name] for name in everywhere} == {"on"}
    assert {state for state in found.values() if not state.startswith("off: ")} <= {"on"}
