"""``rlvr serve`` as it runs: a process of its own on loopback, clients that are slow, cut, large, wrong, and many."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import load_suite, score_rows
from rlvr.cli.app import app

CHROMIUM = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "lab" / "chromium.py")))

MATH = "tasks: {t: {scorers: [{scorer: math.equivalent, name: right}]}}"
# A reward function of the user is supervised: it may end its process, and hang.
CRASHING = """
import os, time

def reward(completion, answer):
    if completion == "crash":
        os._exit(3)
    if completion == "raise":
        raise RuntimeError("a bug")
    if completion == "slow":
        time.sleep(1.5)
    return float(completion == answer)
"""
FUNCTION = """
workers: {count: 2}
tasks: {t: {scorers: [{scorer: ./my_reward.py:reward, name: mine, budget_seconds: 10}]}}
"""
MIXED = """
workers: {count: 2}
route: {by: [kind], default: math}
tasks:
  math: {scorers: [{scorer: math.equivalent, name: right}]}
  mine: {scorers: [{scorer: ./my_reward.py:reward, name: mine}]}
"""


class Server:
    """A running service.

    Attributes:
        process: The process that was started.
        port: Its port on loopback.
    """

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def ask(self, path: str, body: object = None, *, method: str = "POST", **headers: str) -> tuple[int, Any]:
        """Send one request on a connection of its own; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, content, headers)
            reply = connection.getresponse()
            found = reply.read()
            return reply.status, json.loads(found) if reply.headers["content-type"] == "application/json" else found
        finally:
            connection.close()

    def memory_mb(self) -> float:
        """Return the resident memory of the process."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return float(text.partition("VmRSS:")[2].split()[0]) / 1e3


@contextmanager
def serving(folder: Path, suite: str, *options: str) -> Iterator[Server]:
    """Start a service, and end it as a platform does."""
    (folder / "my_reward.py").write_text(CRASHING)
    (folder / "suite.yaml").write_text(suite)
    command = [sys.executable, "-m", "rlvr.cli", "serve", str(folder / "suite.yaml"), "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        said: list[str] = []
        try:
            assert process.stderr is not None
            port = None
            for line in process.stderr:
                said.append(line)
                found = re.search(r"running on http://127\.0\.0\.1:(\d+)", line)
                if found:
                    port = int(found[1])
                    break
            threading.Thread(target=lambda: said.extend(process.stderr or []), daemon=True).start()
            assert port is not None, "".join(said)
            yield Server(process, port)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert "Traceback" not in "".join(said), "".join(said)


def _endless(port: int) -> bytes:
    """Send headers without end until the server closes the connection; return what it said, if it could be read."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(1_000):
                connection.sendall(b"x" * 100_000)
            pytest.fail("the server reads headers of any length")
        with contextlib.suppress(ConnectionError):
            return connection.recv(12)
        return b""


def test_one_server_survives_its_clients(tmp_path: Path) -> None:
    """Slow, cut, large and wrong requests get what they deserve, and the next one its reward."""
    with serving(tmp_path, MATH, "--body-limit-mb", "10", "--deadline", "2", "--token", "secret") as server:
        token = {"authorization": "Bearer secret"}
        row = {"completion": "It is 12.", "answer": "12"}

        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(
            b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer secret\r\nContent-Length: 99\r\n\r\n{"
        )
        cut = socket.create_connection(("127.0.0.1", server.port))
        cut.sendall(
            b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer secret\r\nContent-Length: 99\r\n\r\n{"
        )
        cut.close()
        fits = b'{"rows": [' + json.dumps({**row, "notes": "x" * 9_900_000}).encode() + b"]}"

        assert server.ask("/score", {"rows": [row]})[0] == 401
        assert server.ask("/score", b"{", **token)[0] == 400
        assert server.ask("/score", b" " * 10_000_001, **token)[0] == 413
        assert server.ask("/score", fits, **token)[1]["rewards"][0]["reward"] == 1.0
        assert slow.recv(12) == b"HTTP/1.1 408"
        slow.close()
        assert _endless(server.port) in {b"HTTP/1.1 400", b""}
        status, reply = server.ask("/score", {"rows": [row] * 3}, **token)
        assert (status, [each["reward"] for each in reply["rewards"]]) == (200, [1.0] * 3)
        assert server.ask("/healthz", method="GET")[1]["status"] == "ok"


def test_it_drains_when_it_is_told_to_end(tmp_path: Path) -> None:
    """The request that runs gets its reply; scorers that crash have failed, and no request is lost."""
    with serving(tmp_path, FUNCTION) as server:
        rows = [{"completion": name, "answer": "12"} for name in ("12", "crash", "raise", "13")]
        status, reply = server.ask("/score", {"rows": rows})
        found: list[tuple[int, Any]] = []
        asking = threading.Thread(
            target=lambda: found.append(server.ask("/score", {"rows": [{"completion": "slow", "answer": "slow"}]}))
        )
        asking.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        asking.join()
        code = server.process.wait(60)

    assert status == 200
    assert [each["verdict"] for each in reply["rewards"]] == ["scored", "failed", "failed", "scored"]
    assert (found[0][0], found[0][1]["rewards"][0]["reward"]) == (200, 1.0)
    assert code in {0, -signal.SIGTERM}


def test_what_is_wrong_is_told_before_it_starts(tmp_path: Path) -> None:
    """An error of the suite, on one line."""
    suite = tmp_path / "suite.yaml"
    suite.write_text("tasks: {t: {scorers: [{scorer: math.nothing}]}}")
    done = CliRunner().invoke(app, ["serve", str(suite), "--port", "0"])

    assert done.exit_code == 2
    assert "math.nothing" in done.output
    assert isinstance(done.exception, SystemExit)


@pytest.mark.slow
def test_several_processes_share_the_port_and_the_counters(tmp_path: Path) -> None:
    """And end together."""
    with serving(tmp_path, MATH, "--processes", "2") as server:
        rows = {"rows": [{"completion": "12", "answer": "12"}]}
        for _ in range(600):  # each process imports and loads the suite
            try:
                server.ask("/healthz", method="GET")
                break
            except ConnectionError:
                time.sleep(0.1)
        assert {server.ask("/score", rows)[0] for _ in range(40)} == {200}
        for _ in range(60):  # each writes its numbers every second
            text = server.ask("/metrics", method="GET")[1].decode()
            if 'rlvr_requests_total{route="/score",status="200"} 40' in text:
                break
            time.sleep(0.5)

    assert 'rlvr_requests_total{route="/score",status="200"} 40' in text


LARGE = b'{"rows": [' + json.dumps({"completion": "7", "answer": "7", "notes": "x" * 10_000_000}).encode() + b"]}"
ANSWERS = [str(number) for number in range(50)]
CUT_OFF = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"


class Client:
    """Sends requests of all kinds on one connection; each method tells whether its reply was right.

    Attributes:
        counts: Requests, by kind and whether the reply was right.
    """

    def __init__(self, port: int, expected: dict[str, float], seed: int) -> None:
        self._port, self._expected, self._seed = port, expected, seed
        self._chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._number = 0
        self.counts: Counter[str] = Counter()

    def run(self, requests: int) -> None:
        """Send so many requests, wrong and rare ones among them."""
        kinds = {
            self.score: 40,
            self.batch: 15,
            self.openrlhf: 30,
            self.bad: 6,
            self.cut: 5,
            self.nowhere: 3,
            self.crash: 0.4,
            self.large: 0.15,
        }
        for kind in self._chance.choices(list(kinds), list(kinds.values()), k=requests):
            self._number += 1
            self.counts[f"{kind.__name__} {'right' if kind() else 'WRONG'}"] += 1
        self._connection.close()

    def _ask(self, path: str, body: object) -> tuple[int, Any]:
        self._connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())
        reply = self._connection.getresponse()
        return reply.status, json.loads(reply.read())

    def score(self) -> bool:
        name, answer = f"{self._seed}-{self._number}", self._chance.choice(ANSWERS)
        status, reply = self._ask("/score", {"rows": [{"id": name, "completion": answer, "answer": "7"}]})
        found = reply["rewards"][0]
        return bool((status, found["id"], found["reward"]) == (200, name, self._expected[answer]))

    def batch(self) -> bool:
        answers = self._chance.choices(ANSWERS, k=16)
        _, reply = self._ask("/score", {"rows": [{"completion": each, "answer": "7"} for each in answers]})
        return [each["reward"] for each in reply["rewards"]] == [self._expected[each] for each in answers]

    def openrlhf(self) -> bool:
        answer = self._chance.choice(ANSWERS)
        status, reply = self._ask("/openrlhf", {"query": [f"Q {answer}"], "prompts": ["Q "], "labels": ["7"]})
        return bool((status, reply["rewards"]) == (200, self._expected[answer]))

    def bad(self) -> bool:
        return self._ask("/score", b'{"rows": [')[0] == 400

    def nowhere(self) -> bool:
        return self._ask("/nowhere", {})[0] == 404

    def cut(self) -> bool:
        with socket.create_connection(("127.0.0.1", self._port)) as connection:
            connection.sendall(CUT_OFF)
        return True

    def large(self) -> bool:
        return bool(self._ask("/score", LARGE)[1]["rewards"][0]["reward"] == 1.0)

    def crash(self) -> bool:
        rows = [{"kind": "mine", "completion": "crash", "answer": "1"}, {"completion": "7", "answer": "7"}]
        return [each["verdict"] for each in self._ask("/score", {"rows": rows})[1]["rewards"]] == ["failed", "scored"]


def _run_all(clients: list[Client], requests: int) -> Counter[str]:
    threads = [threading.Thread(target=client.run, args=(requests,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum((client.counts for client in clients), Counter())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_thousand_requests_under_faults(tmp_path: Path) -> None:
    """Every request that is complete gets its own reply, with the right reward; the memory stays flat."""
    with serving(tmp_path, MIXED, "--deadline", "10", "--body-limit-mb", "12") as server:
        report = score_rows(
            load_suite(tmp_path / "suite.yaml"), [{"completion": each, "answer": "7"} for each in ANSWERS]
        )
        expected = dict(zip(ANSWERS, (reward.value for reward in report.rewards), strict=True))
        slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
        for each in slow:
            each.sendall(CUT_OFF)
        counts = _run_all([Client(server.port, expected, seed) for seed in range(8)], 500)
        before = server.memory_mb()
        counts += _run_all([Client(server.port, expected, seed) for seed in range(8, 16)], 2_000)
        after = server.memory_mb()
        for each in slow:
            each.close()
        time.sleep(0.5)
        told = server.ask("/metrics", method="GET")[1].decode()

    assert counts.total() == 20_000, counts
    assert [name for name in counts if name.endswith("WRONG")] == [], counts
    assert len(counts) == 8
    assert after < before + 40, (before, after)
    assert "rlvr_requests_in_flight 1\n" in told  # the one that asks


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(CHROMIUM.PROGRAM is None, reason=CHROMIUM.MISSING)
@pytest.mark.xdist_group("chromium")
def test_a_person_sees_why(tmp_path: Path) -> None:
    """In a browser: a row is pasted, the explanation appears, and what the row brings is no markup."""
    hostile = (
        '<img src="https://example.com/x" onerror="document.title=\'taken\'"><script>document.title="taken"</script> 13'
    )
    set_row = "document.querySelector('#row').value = {}; document.querySelector('#explain').click()"
    text = "document.querySelector('{}').textContent"

    with serving(tmp_path, MATH, "--token", "secret") as server, CHROMIUM.open_chromium() as browser:
        page = CHROMIUM.Page(browser, f"http://127.0.0.1:{server.port}/")
        page.evaluate("document.querySelector('#explain').click()")
        page.wait("!document.querySelector('#error').hidden")
        refused = page.evaluate(text.format("#error"))
        page.evaluate("document.querySelector('#token').value = 'secret'; document.querySelector('#explain').click()")
        page.wait("document.querySelector('#reward').textContent")
        right = page.evaluate(text.format("#reward"))
        row = json.dumps(json.dumps({"completion": hostile, "answer": "12"}))
        page.evaluate(set_row.format(row))
        page.wait("document.querySelector('#reward').textContent.includes('reward 0')")
        shown = page.evaluate(text.format("#explanation"))
        page.evaluate(set_row.format(json.dumps("{")))
        page.wait("!document.querySelector('#error').hidden")
        unread = page.evaluate(text.format("#error"))
        title, images = page.evaluate("document.title"), page.evaluate("document.images.length")
        elsewhere = [url for url in page.requests if not url.startswith(f"http://127.0.0.1:{server.port}/")]
        page.close()

    assert "token" in refused
    assert right == "reward 1 (scored)"
    assert "onerror" in shown
    assert "math.equivalent" in shown
    assert unread.startswith("The row is not JSON")
    assert (title, images, elsewhere) == ("rlvr: explain a row", 0, [])
