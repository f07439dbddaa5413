"""Has a referee judge a submission: gives it the job and the processes that it asks for, and takes its outcomes."""

from __future__ import annotations

import json
from typing import Any

from rlvr_code.problems.problem import Script
from rlvr_code.trusted.process import Process, ProcessEndedError, SandboxError
from rlvr_code.trusted.submission import Processes, TimeLimits
from rlvr_code.trusted.supervisor import Sandbox
from rlvr_code.wire.frames import STARTED, Frame
from rlvr_code.wire.outcome import Kind, Outcome
from rlvr_code.wire.values import UnserialisableError

# What test code itself may compute beside what the submission may; and how long it may wait for a submission on a
# loaded machine.
_OWN_SECONDS = 10.0
_WAIT_FACTOR = 4.0


class ScriptOutcomes:
    """The outcomes that a referee reports.

    Attributes:
        outcomes: One for each test.
        compiled: Whether the submission compiled.
        layers: What its process was sealed with; None if it never answered.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self._outcomes: dict[str, Outcome] = {}
        self._stop: tuple[Kind, str] = (Kind.ERROR, "the test was not reached")
        self.compiled = True
        self.layers: dict[str, str] | None = None

    @property
    def outcomes(self) -> list[Outcome]:
        """One for each test; of those not reported, why not."""
        missing = (test for test in self._script.tests if test not in self._outcomes)
        kind, detail = self._stop
        return [*self._outcomes.values(), *(Outcome(test, kind, detail) for test in missing)]

    def take(self, message: Frame) -> bool:
        """Take a message of the referee; True when it is its last."""
        if message[0] == "outcome":
            told: dict[str, Any] = json.loads(str(message[2]))
            self._outcomes[told["test"]] = Outcome(told["test"], Kind(told["kind"]), told.get("detail", ""))
            return False
        if message[0] == "broken":
            raise SandboxError(f"the tests could not be judged: {' '.join(map(str, message[2:]))}")
        self.compiled = bool(message[2])
        self.layers = json.loads(str(message[3]))
        return True

    def stopped(self, kind: Kind, detail: str) -> None:
        """Note that the referee itself ended before its last word."""
        self._stop = (kind, detail)


def judge_script(
    sandbox: Sandbox, processes: Processes, source: str, script: Script, limits: TimeLimits
) -> ScriptOutcomes:
    """Have a referee, a process of its own, run test code against a submission."""
    found = ScriptOutcomes(script)
    referee = sandbox.referee()
    given: dict[int, Process] = {}

    def give() -> None:
        process = processes.process()
        given[process.number] = process
        referee.hand_over(STARTED.pack(b"S", process.number), process.descriptors())
        process.close()

    def ended(message: Frame) -> Frame | None:
        if message[0] != "end":
            return None
        return ["exit", 0, *processes.end(given.pop(int(str(message[2]))))]

    try:
        job = json.dumps(_job(sandbox, source, script, limits))
        for message in referee.converse(["judge", 0, job], ended, _patience(limits)):
            if message[0] == "process":
                give()
            elif found.take(message):
                break
    except UnserialisableError as error:
        found.stopped(Kind.OUTPUT, f"too much for one referee: {error}")
    except ProcessEndedError as stop:
        kind = Kind.TIME if stop.kind in {"time", "waited"} else Kind.CRASHED
        found.stopped(kind, f"the tests themselves: {stop.detail}")
    finally:
        for process in given.values():
            processes.end(process)
        sandbox.end_referee(referee)
    return found


def _patience(limits: TimeLimits) -> float:
    return _OWN_SECONDS + _WAIT_FACTOR * limits.submission_seconds


def _job(sandbox: Sandbox, source: str, script: Script, limits: TimeLimits) -> dict[str, Any]:
    return {
        "source": source,
        "style": script.style,
        "setup": script.setup,
        "code": script.code,
        "entry": script.entry,
        "module": script.module,
        "tests": script.tests,
        "exchanges": script.exchanges,
        "limits": limits._asdict(),
        "output_bytes": sandbox.settings.output_bytes,
    }
