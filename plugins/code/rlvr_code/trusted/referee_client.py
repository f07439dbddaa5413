"""Has a referee judge a submission: gives it the job and the processes that it asks for, and takes its outcomes."""

from __future__ import annotations

import json
import math
from typing import Any

from rlvr_code.problems.problem import Script
from rlvr_code.trusted.clock import busy_seconds
from rlvr_code.trusted.compiled import compiled_tests
from rlvr_code.trusted.owned import kind_of_exit
from rlvr_code.trusted.process import Process, ProcessEndedError, SandboxError
from rlvr_code.trusted.submission import Processes, TimeLimits
from rlvr_code.trusted.supervisor import REFEREE_SECONDS, Sandbox
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.frames import STARTED, Frame
from rlvr_code.wire.marshalled import write_plain
from rlvr_code.wire.outcome import Kind, Outcome
from rlvr_code.wire.values import UnserialisableError


class ScriptOutcomes:
    """The outcomes that a referee reports.

    Attributes:
        outcomes: One for each test.
        compiled: Whether the submission compiled.
        layers: What its process was sealed with; None if it never answered.
        seconds: The CPU time of the referee; infinite if it did not end by itself.
        is_stopped: Whether the referee ended before its last word.
        is_cut: Whether it was stopped because of the batch's deadline.
        asked: Names of the submission's classes whose own operators the tests asked.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self._outcomes: dict[str, Outcome] = {}
        self._stop: tuple[Kind, str] = (Kind.ERROR, "the test was not reached")
        self.compiled = True
        self.layers: dict[str, str] | None = None
        self.seconds = math.inf
        self.is_stopped = self.is_cut = False
        self.asked: tuple[str, ...] = ()

    @property
    def unreported(self) -> list[str]:
        """The tests that the referee did not report."""
        return [test for test in self._script.tests if test not in self._outcomes]

    @property
    def outcomes(self) -> list[Outcome]:
        """One for each test; of those not reported, why not."""
        kind, detail = self._stop
        return [*self._outcomes.values(), *(Outcome(test, kind, detail) for test in self.unreported)]

    def take(self, message: Frame) -> bool:
        """Take a message of the referee; True when it is its last."""
        if message[0] == "outcome":
            told: dict[str, Any] = json.loads(str(message[2]))
            self._outcomes[told["test"]] = Outcome(told["test"], Kind(told["kind"]), told.get("detail", ""))
            return False
        if message[0] == "broken":
            raise SandboxError(f"the tests could not be judged: {' '.join(map(str, message[2:]))}")
        if message[0] == "stopped":
            self.stopped(Kind(str(message[2])), str(message[3]))
            return True
        self.compiled = bool(message[2])
        self.layers = json.loads(str(message[3]))
        self.seconds = float(str(message[4]))
        self.asked = tuple(json.loads(str(message[5])))
        return True

    def stopped(self, kind: Kind, detail: str) -> None:
        """Note that the referee itself ended before its last word."""
        self._stop = (kind, detail)
        self.is_stopped = True


def judge_script(
    sandbox: Sandbox, processes: Processes, source: str, script: Script, limits: TimeLimits
) -> ScriptOutcomes:
    """Have a referee, a process of its own, run test code against a submission."""
    found = ScriptOutcomes(script)
    referee = sandbox.referee()
    given: dict[int, Process] = {}
    has_ended = False
    try:
        job = _job(sandbox, source, script, limits)
        _converse(referee, job, found, _Given(processes, given, referee), limits)
    except UnserialisableError as error:
        found.stopped(Kind.OUTPUT, f"too much for one referee: {error}")
    except ProcessEndedError as stop:
        has_ended = stop.kind == "ended"
        kind = Kind.TIME if stop.kind in {"time", "waited", "cut"} else Kind.CRASHED
        found.is_cut = stop.kind == "cut"
        found.stopped(kind, f"the tests themselves: {stop.detail}")
    finally:
        for process in given.values():
            processes.drop(process)
        if not has_ended:
            sandbox.drop_referee(referee)
    if has_ended:
        kind, detail = kind_of_exit(sandbox.end_referee(referee), sandbox.referee_memory_bytes)
        found.stopped(kind, f"the tests themselves: {detail}")
    return found


class _Given:
    """The processes of a submission that a referee was given."""

    def __init__(self, processes: Processes, given: dict[int, Process], referee: Process) -> None:
        self._processes = processes
        self._given = given
        self._referee = referee
        self._ended_seconds = 0.0  # of processes that are no more

    def busy_seconds(self) -> float:
        """Return the time in which the processes have computed, or waited for a core."""
        return self._ended_seconds + sum(map(busy_seconds, (each.number for each in self._given.values())))

    def give(self) -> None:
        """Give the referee a process."""
        process = self._processes.process()
        self._given[process.number] = process
        self._referee.hand_over(STARTED.pack(b"S", process.number), process.descriptors())
        process.close()

    def answer(self, message: Frame) -> Frame | None:
        """End a process on request and return how it had ended; None if the message is no such request."""
        if message[0] != "end":
            return None
        process = self._given.pop(int(str(message[2])))
        self._ended_seconds += busy_seconds(process.number)
        return ["exit", 0, *self._processes.end(process)]


def _converse(referee: Process, job: dict[str, Any], found: ScriptOutcomes, given: _Given, limits: TimeLimits) -> None:
    """Give a referee its job and the processes that it asks for, and take its outcomes."""
    # A part of the CPU time is charged to the submission. What it makes the tests wait for has the same limit.
    limit = REFEREE_SECONDS + limits.submission_seconds
    budget = referee.tell(["judge", 0, write_plain(job)], limit, given.busy_seconds)
    if job["is_process_given"]:
        given.give()
    for message in referee.converse(budget, given.answer):
        if message[0] == "process":
            given.give()
        elif found.take(message):
            return


def _job(sandbox: Sandbox, source: str, script: Script, limits: TimeLimits) -> dict[str, Any]:
    return {
        "source": source,
        "style": str(script.style),
        "given": script.given,
        "setup": script.setup,
        "code": script.code,
        "compiled": compiled_tests(script.style, script.code, script.tests),
        "entry": script.entry,
        "module": script.module,
        "taken": script.taken,
        "tests": script.tests,
        "exchanges": script.exchanges,
        "limits": limits._asdict(),
        "is_process_given": script.style is not ScriptStyle.CHECKER,
        "output_bytes": sandbox.settings.output_bytes,
        "own_operators": script.own_operators,
    }
