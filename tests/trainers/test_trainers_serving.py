"""The service, asked without a socket: every contract, every limit, what is refused and what is counted."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import threading
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click import unstyle
from typer.testing import CliRunner

from rlvr import Record, Score, Scorer, Suite, parse_suite, score_rows, scorer
from rlvr.cli.app import app
from rlvr.testing import suite_of
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Settings
from rlvr_trainers import batching, nemo_gym, openrlhf
from rlvr_trainers.batching import batcher_of
from rlvr_trainers.serving import lanes
from rlvr_trainers.serving.counters import Counters
from rlvr_trainers.serving.service import Limits, Service

SUITE = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "math.equivalent", "name": "right"}]}}})
RIGHT, WRONG = {"completion": "It is 12.", "answer": "12"}, {"completion": "It is 13.", "answer": "12"}
UNREADABLE = {"prompt": "no completion"}
GYM = {
    "responses_create_params": {"input": [{"role": "user", "content": "5 + 7?"}]},
    "response": {
        "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is 12."}]}]
    },
    "expected_answer": "12",
}
QUIET = Settings(log="none")


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    parts: list[bytes]

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)

    @property
    def json(self) -> Any:
        return json.loads(self.content)


async def ask(
    service: Service,
    path: str,
    body: object = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    receive: Callable[[], Awaitable[dict[str, Any]]] | None = None,
) -> Reply:
    """Send one request to an ASGI application, as a server does."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    waiting = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive_all() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    listed = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": listed}
    await service(scope, receive or receive_all, send)
    if not sent:
        return Reply(0, {}, [])
    own = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], own, [each["body"] for each in sent[1:]])


def asked(path: str, body: object = None, *, suite: Suite = SUITE, **options: Any) -> Reply:
    """Ask a new service for one reply."""
    return asyncio.run(ask(Service(suite, settings=QUIET), path, body, **options))


def test_rows_become_rewards_in_order() -> None:
    """One each, whatever the row is; the numbers are those of ``score_rows``."""
    rows = [RIGHT, UNREADABLE, WRONG, 7, {**RIGHT, "id": "named"}, {"completion": ["1", "2"], "answer": "2"}]

    rewards = asked("/score", {"rows": rows}).json["rewards"]

    assert [each["reward"] for each in rewards] == [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    assert [each["id"] for each in rewards] == ["0", "1", "2", "3", "named", "5"]
    assert [each["verdict"] for each in rewards] == ["scored", "invalid_task"] * 3
    assert "2 completions" in rewards[5]["problem"]
    plain = score_rows(SUITE, [RIGHT, 0, WRONG]).to_dicts()
    assert (rewards[0], rewards[2]) == (plain[0], plain[2])
    assert asked("/score", [RIGHT]).json["rewards"] == rewards[:1]
    assert asked("/score", {"rows": []}).json == {"rewards": []}


def test_long_batches_come_line_by_line() -> None:
    """The lines of a part are sent before the next part is scored, and are those of the whole reply."""
    rows = [RIGHT, WRONG] * 300
    whole = asked("/score", {"rows": rows}).json["rewards"]

    reply = asked("/score", {"rows": rows}, headers={"accept": "application/x-ndjson"})

    assert reply.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in reply.content.splitlines()] == whole
    assert len(reply.parts) == 4  # 256, 256, 88, and the end


@pytest.mark.parametrize("label", ["12", 12, {"answer": "12"}, '{"answer": "12"}'])
def test_openrlhf_gets_bare_numbers(label: object) -> None:
    """For one record; what the function of a file returns."""
    call = {"query": ["5 + 7? It is 12.<|im_end|>"], "prompts": ["5 + 7?"], "labels": [label]}

    reply = asked("/openrlhf", call).json

    assert (reply["rewards"], reply["scores"], reply["extra_logs"]["right"]) == (1.0, 1.0, 1.0)
    assert reply == openrlhf.reward_func(call["query"], call["prompts"], call["labels"], suite=SUITE)  # type: ignore[arg-type]


def test_openrlhf_gets_lists_for_several_records() -> None:
    """A query of which nobody knows where the completion begins is a bad row, not an error."""
    call = {"query": ["Q: 12", "other 12", "Q: 13"], "prompts": ["Q:"] * 3, "labels": ["12"] * 3}

    reply = asked("/openrlhf", call).json

    assert reply["rewards"] == [1.0, 0.0, 0.0]
    assert reply["extra_logs"]["rlvr/invalid_task"] == [0.0, 1.0, 0.0]


def test_nemo_gym_gets_its_body_back() -> None:
    """With the reward, or with what masks the sample."""
    reply = asked("/verify", GYM).json
    masked = asked("/verify", {name: value for name, value in GYM.items() if name != "expected_answer"}).json

    assert reply == nemo_gym.verify(GYM, SUITE)
    assert (reply["reward"], reply["mask_sample"], reply["expected_answer"]) == (1.0, False, "12")
    assert (masked["reward"], masked["mask_sample"], masked["failure_kind"]) == (0.0, True, "rlvr:invalid_task")
    assert asked("/seed_session", {}).json == asked("/close_session", {}).json == {}
    session = {"resources_session_id": "s", "episode_id": "e"}
    for route in ("/seed_session", "/close_session"):  # an Environment Server checks that its id comes back
        assert asked(route, session).json == {"resources_session_id": "s"}
    assert asked("/reverify_mode", method="GET").json == "stateless"


def test_nemo_gym_gets_statistics_over_all_rollouts() -> None:
    """As its agents ask for them at the end: of each number in the replies, over all and by task."""
    rollouts = [(0, 1.0), (0, 0.0), (3, 1.0)]
    replies: list[dict[str, Any]] = [
        {"_ng_task_index": task, "_ng_rollout_index": n, "reward": reward, "mask_sample": False, "failure_kind": None}
        for n, (task, reward) in enumerate(rollouts)
    ]
    replies[2]["response"] = {"usage": {"output_tokens": 7}}

    found = asked("/aggregate_metrics", {"verify_responses": replies}).json

    assert found["key_metrics"] == {"mean/reward": 2 / 3, "mean/mask_sample": 0.0, "mean/output_tokens": 7.0}
    assert [found["agent_metrics"][f"{name}/reward"] for name in ("max", "min", "median")] == [1.0, 0.0, 1.0]
    assert [(each["_ng_task_index"], each["mean/reward"]) for each in found["group_level_metrics"]] == [
        (0, 0.5),
        (3, 1.0),
    ]
    assert found["agent_metrics"]["std/reward"] == pytest.approx(1 / 3**0.5)
    assert found["group_level_metrics"][1]["std/reward"] == 0.0
    assert asked("/aggregate_metrics", {"verify_responses": []}).json == {
        "group_level_metrics": [],
        "agent_metrics": {},
        "key_metrics": {},
    }
    assert asked("/aggregate_metrics", {"verify_responses": [1]}).status == 422


@pytest.mark.parametrize(
    "sample",
    [
        "It is 12.",
        {"output_text": "It is 12."},
        {"choices": [{"message": {"role": "assistant", "content": "It is 12."}}], "output_text": "12"},
        {"output_text": "It is 12.", "output_tools": []},
    ],
)
def test_openais_grader_is_answered(sample: object) -> None:
    """A gold column of the item is not the completion."""
    item = {"answer": "12", "completion": "It is 13."}

    reply = asked("/openai", {"item": item, "sample": sample}).json
    by_text = asked("/openai", {"item": item, "model_sample": "It is 13."}).json

    assert (reply["score"], reply["reward"], reply["sub_rewards"]["right"]) == (1.0, 1.0, 1.0)
    assert (by_text["reward"], by_text["metadata"]["verdict"]) == (0.0, "scored")


def test_openais_tool_calls_are_read() -> None:
    """From either place."""
    suite = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "schema.tool_calls", "name": "calls"}]}}})
    call = {"type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    item = {"answer": [{"name": "add", "arguments": {"a": 1}}]}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}

    for sample in ({"output_text": None, "output_tools": [call]}, {"choices": [{"message": message}]}):
        assert asked("/openai", {"item": item, "sample": sample}, suite=suite).json["reward"] == 1.0


@pytest.mark.parametrize(
    "response",
    [
        "It is 12.",
        {"role": "model", "parts": [{"text": "It is 12."}]},
        {"candidates": [{"content": {"parts": [{"text": "It is 12."}]}}]},
    ],
)
@pytest.mark.parametrize("name", ["answer", "what_we_call_it"])
def test_googles_cloud_run_contract(response: object, name: str) -> None:
    """The reference may have any name if there is one."""
    example = {"contents": [{"role": "user", "parts": [{"text": "5 + 7?"}]}], "references": {name: "12"}}
    body = {"example": example, "response": response, "metadata": {"step": 3, "tuning_job_id": "1"}}

    reply = asked("/google", body).json

    assert (reply["reward"], type(reply["user_requested_aux_info"])) == (1.0, str)


def test_llama_factory_gets_scores() -> None:
    """It sends no references: what needs one has the number of ``on_error``."""
    length = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "text.length", "options": {"max": 2}}]}}})

    assert asked("/llama_factory", {"model": "m", "messages": ["one", "one two three"]}, suite=length).json == {
        "scores": [1.0, 0.0]
    }
    assert asked("/llama_factory", {"messages": ["12"]}).json == {"scores": [0.0]}


@pytest.mark.parametrize("path", ["/lambda", "/2015-03-31/functions/function/invocations"])
def test_events_of_lambda_get_the_functions_answer(path: str) -> None:
    """Of any envelope, so that the client of Lambda can be pointed here."""
    event = {"body": json.dumps([{"id": "a", **RIGHT}, 7, WRONG])}

    assert asked(path, event).json == make_handler(SUITE, QUIET)(event)


def test_a_row_is_explained() -> None:
    """For the page: the parts, with their reasons, and where things were read."""
    found = asked("/explain", {"row": WRONG}).json

    assert (found["reward"], found["completion_at"], found["reference"]) == (0.0, "completion", "12")
    assert found["parts"][0]["evidence"]["answer_read"] == "13"
    assert asked("/explain", {"row": 7}).json["verdict"] == "invalid_task"


def test_the_page_runs_nothing_but_its_own_script() -> None:
    """And asks nobody but the service."""
    reply = asked("/", b"", method="GET")
    policy = reply.headers["content-security-policy"]

    assert reply.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert b"http" not in reply.content


@pytest.mark.each(
    ("path", "body", "status"),
    [
        ("/nowhere", {}, 404),
        ("/score", b"{", 400),
        ("/score", b"", 400),
        ("/score", b"\xff\xfe", 400),
        ("/score", b"[" * 50_000, 400),
        ("/score", {"row": RIGHT}, 422),
        ("/score", {"rows": {"0": RIGHT}}, 422),
        ("/score", {"rows": [RIGHT], "group_records": "4"}, 422),
        ("/score", {"rows": [1] * 10_001}, 413),
        ("/lambda", [1] * 10_001, 413),
        ("/openrlhf", {"prompts": ["Q"]}, 422),
        ("/openrlhf", {"query": "12", "prompts": ["Q"]}, 422),
        ("/openrlhf", {"query": ["12"], "prompts": ["Q", "Q"]}, 422),
        ("/openrlhf", {"query": [12], "prompts": ["Q"], "labels": ["12"]}, 422),
        ("/verify", [GYM], 422),
        ("/verify", {"response": {}}, 422),
        ("/openai", {"item": 1, "sample": "12"}, 422),
        ("/openai", {"item": {}}, 422),
        ("/google", {"example": "x", "response": "12"}, 422),
        ("/llama_factory", {"messages": "12"}, 422),
        ("/explain", {}, 422),
    ],
)
def test_a_wrong_request_is_told_what_to_send(path: str, body: object, status: int) -> None:
    """As JSON, with the next step."""
    reply = asked(path, body)

    assert reply.status == status
    assert reply.json.keys() == {"error", "next"}
    assert all(reply.json.values())


@pytest.mark.parametrize(
    "row",
    [
        b'{"completion": "It is 12.", "answer": "12", "id": NaN}',
        b'{"completion": "\\ud800 It is 12.", "answer": "12", "id": "\\ud800"}',
        b'{"completion": "It is 12.", "answer": "12", "id": ' + b"9" * 900 + b"}",
        b'{"completion": "It is 12.", "answer": "12", "id": {"a": [[[[1e400]]]]}}',
    ],
)
def test_odd_json_gets_valid_json(row: bytes) -> None:
    """What Python's clients send, and UTF-8 or JSON cannot hold."""
    reply = asked("/score", b'{"rows": [' + row + b"]}")

    assert reply.status == 200
    assert json.loads(reply.content.decode(), parse_constant=pytest.fail)["rewards"][0]["reward"] == 1.0


def test_methods_are_told() -> None:
    """A browser that opens a route gets no riddle."""
    assert asked("/score", b"", method="GET").json == {"error": "/score takes no GET", "next": "send a POST request"}


@pytest.mark.parametrize("route", ["/score", "/metrics", "/explain", "/lambda", "/verify"])
def test_the_token_opens_every_route(route: str) -> None:
    """As bearer token, or as the password in an address, which trainers without headers can give."""
    service = Service(SUITE, token="secret", settings=QUIET)  # noqa: S106
    method = "GET" if route == "/metrics" else "POST"

    def status(header: str | None) -> int:
        headers = {} if header is None else {"authorization": header}
        return asyncio.run(ask(service, route, {"rows": []}, method=method, headers=headers)).status

    basic = base64.b64encode(b"any:secret").decode()
    assert {status(each) for each in (None, "", "Bearer", "Bearer secre", "Bearer secret2", "Basic x", "secret")} == {
        401
    }
    assert {status(each) for each in ("Bearer secret", "bearer secret", f"Basic {basic}")} & {401} == set()
    assert asyncio.run(ask(service, "/healthz", method="GET")).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8000"}, 200),
        ({"host": "localhost:8000", "origin": "http://localhost:8000"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({"host": "127.0.0.1:8000", "origin": "https://example.com"}, 403),
        ({"host": "127.0.0.1:8000", "origin": "null"}, 403),
        ({"host": "rebound.example.com:8000", "origin": "http://rebound.example.com:8000"}, 403),
        ({"host": "[x"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused(headers: dict[str, str], status: int) -> None:
    """A browser on this machine would let them ask a service on loopback."""
    assert asked("/score", {"rows": []}, headers=headers).status == status


def test_a_service_for_other_machines_has_any_name() -> None:
    """Only the origin has to be its own."""
    service = Service(SUITE, is_local=False)

    assert asyncio.run(ask(service, "/score", {"rows": []}, headers={"host": "rewards.example.com"})).status == 200


def _in_parts(
    parts: Sequence[bytes], *, then: str = "wait"
) -> tuple[Callable[[], Awaitable[dict[str, Any]]], list[int]]:
    """Return messages of a body in parts, and the sizes of those that were asked for."""
    left, taken = list(parts), list[int]()

    async def receive() -> dict[str, Any]:
        if not left:
            if then == "wait":
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}
        part = left.pop(0)
        taken.append(len(part))
        return {"type": "http.request", "body": part, "more_body": True}

    return receive, taken


def test_a_body_that_is_too_large_is_not_kept() -> None:
    """Whether its length was told or not; nor is it read without end."""
    service = Service(SUITE, limits=Limits(body_mb=0.1))
    receive, taken = _in_parts([b" " * 50_000] * 1_000)

    unknown = asyncio.run(ask(service, "/score", receive=receive))
    told = asyncio.run(ask(service, "/score", b" " * 100_001, headers={"content-length": "100001"}))

    assert (unknown.status, told.status) == (413, 413)
    assert sum(taken) <= 900_000
    assert "--body-limit-mb" in told.json["next"]


def test_a_slow_body_is_refused_and_a_cut_one_forgotten() -> None:
    """The first client is told; nobody is there to be told the second."""
    service = Service(SUITE, limits=Limits(deadline_seconds=0.05))
    slow, _ = _in_parts([b'{"rows": ['])
    cut, _ = _in_parts([b'{"rows": ['], then="leave")

    assert asyncio.run(ask(service, "/score", receive=slow)).status == 408
    assert asyncio.run(ask(service, "/score", receive=cut)) == Reply(0, {}, [])
    assert "rlvr_clients_gone_total 1" in asyncio.run(ask(service, "/metrics", method="GET")).content.decode()


class Gated(NamedTuple):
    """A suite whose scorer waits for an event, the event that it was asked, and the completions it was asked about."""

    suite: Suite
    gate: threading.Event
    started: threading.Event
    seen: list[str]


def _gated() -> Gated:
    gate, started, seen = threading.Event(), threading.Event(), list[str]()

    @scorer(bounded=True)
    def waiting(record: Record, _: object) -> float:
        seen.append(record.completion)
        started.set()
        if record.completion == "broken":
            raise RuntimeError("a bug in a scorer")
        if not record.completion.startswith("quick"):
            gate.wait(30)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [{scorer: test.waiting, budget_seconds: 60}]}}", test={"waiting": waiting})
    return Gated(suite, gate, started, seen)


def test_records_of_many_requests_are_scored_together_and_the_loop_goes_on() -> None:
    """What waits while a batch runs is the next batch; meanwhile the service says that it lives."""
    suite, gate, _, _ = _gated()
    service = Service(suite, settings=QUIET)

    async def main() -> tuple[list[Reply], int]:
        rows = [{"rows": [{"completion": str(number), "answer": ""}]} for number in range(64)]
        calls = [asyncio.create_task(ask(service, "/score", row)) for row in rows]
        await asyncio.sleep(0.05)
        health = await ask(service, "/healthz", method="GET")
        assert not any(call.done() for call in calls)
        gate.set()
        return await asyncio.gather(*calls), health.status

    replies, health = asyncio.run(main())

    assert health == 200
    assert [reply.json["rewards"][0]["reward"] for reply in replies] == [1.0] * 64
    assert batcher_of(suite).batches <= 3


def test_nobody_scores_for_a_client_that_is_gone() -> None:
    """A record that still waits is dropped."""
    suite, gate, started, seen = _gated()
    service = Service(suite, settings=QUIET)

    async def main() -> Reply:
        first = asyncio.create_task(ask(service, "/score", {"rows": [{"completion": "first", "answer": ""}]}))
        await asyncio.to_thread(started.wait, 30)
        body = json.dumps({"rows": [{"completion": "gone", "answer": ""}]}).encode()
        messages: list[dict[str, Any]] = [{"type": "http.disconnect"}, {"type": "http.request", "body": body}]

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return messages.pop()

        gone = await ask(service, "/score", receive=receive)
        for _ in range(10):  # the cancellation passes from task to future
            await asyncio.sleep(0)
        gate.set()
        assert (await first).status == 200
        return gone

    assert asyncio.run(main()) == Reply(0, {}, [])
    assert seen == ["first"]


def test_more_requests_than_the_limit_are_refused_at_once() -> None:
    """With the time to come back; the page of health is not."""
    suite, gate, started, _ = _gated()
    service = Service(suite, settings=QUIET, limits=Limits(requests=2))

    async def main() -> list[Reply]:
        row = {"rows": [{"completion": "x", "answer": ""}]}
        calls = [asyncio.create_task(ask(service, "/score", row)) for _ in range(2)]
        await asyncio.to_thread(started.wait, 30)
        refused, health = await ask(service, "/score", row), await ask(service, "/healthz", method="GET")
        gate.set()
        return [refused, health, *await asyncio.gather(*calls)]

    replies = asyncio.run(main())

    assert [reply.status for reply in replies] == [503, 200, 200, 200]
    assert replies[0].headers["retry-after"] == "1"


@pytest.mark.parametrize("size", [1, 2])
def test_slow_requests_keep_no_quick_one_waiting_until_they_have_all_threads(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the next one is told when to come back; each that was taken is answered."""
    for module in (batching, lanes):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
        monkeypatch.setattr(module, "MOST_BATCHES", 6)
    most = 6
    suite, gate, _, seen = _gated()
    service = Service(suite, settings=QUIET)

    def send(name: str) -> asyncio.Task[Reply]:
        rows = [{"completion": f"{name} {place}", "answer": ""} for place in range(size)]
        return asyncio.create_task(ask(service, "/score", {"rows": rows}))

    async def main() -> tuple[Reply, Reply, list[Reply]]:
        slow = []
        for number in range(most):
            slow.append(send(f"slow {number}"))
            while f"slow {number} 0" not in seen:  # noqa: ASYNC110  # the scorer is in a thread
                await asyncio.sleep(0.005)
            if number == most // 2:
                quick = await send("quick")
        await asyncio.sleep(0.05)  # the last one is slow too
        refused = await send("refused")
        gate.set()
        return quick, refused, await asyncio.gather(*slow)

    quick, refused, replies = asyncio.run(main())

    assert (quick.status, refused.status, refused.headers["retry-after"]) == (200, 503, "1")
    assert {reply.status for reply in replies} == {200}
    assert len(set(seen)) == len(seen) == (most + 1) * size


def test_a_service_serves_one_event_loop_after_another() -> None:
    """More batches wait in each than there are places."""
    service = Service(SUITE, settings=QUIET)

    async def main() -> set[int]:
        replies = await asyncio.gather(*(ask(service, "/score", {"rows": [RIGHT, WRONG]}) for _ in range(12)))
        return {reply.status for reply in replies}

    assert [asyncio.run(main()) for _ in range(2)] == [{200}, {200}]


def test_a_broken_scorer_has_failed_and_costs_no_other_row() -> None:
    """It is counted by its kind."""
    suite, gate, _, _ = _gated()
    gate.set()
    service = Service(suite, settings=QUIET)

    async def main() -> tuple[Reply, str]:
        rows = [{"completion": "fine", "answer": ""}, {"completion": "broken", "answer": ""}]
        reply = await ask(service, "/score", {"rows": rows})
        return reply, (await ask(service, "/metrics", method="GET")).content.decode()

    reply, text = asyncio.run(main())

    assert [each["verdict"] for each in reply.json["rewards"]] == ["scored", "failed"]
    assert 'rlvr_failed_scores_total{scorer="test.waiting",kind="exception"} 1' in text
    assert 'rlvr_rewards_total{verdict="scored"} 1' in text
    assert 'rlvr_requests_total{route="/score",status="200"} 1' in text


def test_a_deadline_of_the_client_is_kept() -> None:
    """Scorers that are not done have failed; a longer one than the service's is not granted."""
    service = Service(SUITE, settings=QUIET, limits=Limits(deadline_seconds=30.0))

    def verdict(seconds: str) -> str:
        reply = asyncio.run(
            ask(service, "/score", {"rows": [RIGHT, WRONG]}, headers={"rlvr-deadline-seconds": seconds})
        )
        return str(reply.json["rewards"][0]["verdict"])

    assert {verdict(each) for each in ("10", "nan", "inf", "-1", "soon")} == {"scored"}
    assert service._seconds_of({b"rlvr-deadline-seconds": b"1e9"}) == 30.0
    assert service._seconds_of({b"rlvr-deadline-seconds": b"2"}) == 2.0


def _group_suite() -> Suite:
    def rank(records: Sequence[Record], _: object) -> list[float]:
        best = max(len(record.completion) for record in records)
        return [float(len(record.completion) == best) for record in records]

    longest = Scorer(score=lambda record, _: Score.of(1.0), score_group=rank, bounded=True)
    return suite_of("tasks: {t: {scorers: [{scorer: test.longest}]}}", test={"longest": longest})


def test_scorers_of_groups_see_whole_groups_or_abstain() -> None:
    """A batch has whole groups unless it says otherwise, also line by line; a record alone is never ranked."""
    suite = _group_suite()
    rows = [
        {"prompt": f"Q{number % 300}", "completion": "x" * (1 + number // 300), "answer": ""} for number in range(600)
    ]

    whole = asked("/score", {"rows": rows}, suite=suite).json["rewards"]
    lines = asked(
        "/score", {"rows": rows}, suite=suite, headers={"accept": "application/x-ndjson"}
    ).content.splitlines()
    part = asked("/score", {"rows": rows, "group_records": 4}, suite=suite).json["rewards"]
    alone = asked("/score", {"rows": rows[:1]}, suite=suite).json["rewards"]

    assert [each["reward"] for each in whole] == [0.0] * 300 + [1.0] * 300
    assert [json.loads(line)["reward"] for line in lines] == [each["reward"] for each in whole]
    assert {each["verdict"] for each in (*part, *alone)} == {"abstained"}


def test_processes_add_their_counters(tmp_path: Path) -> None:
    """Also those of one that ended, whose requests are no longer in flight."""
    mine = Counters(SUITE, tmp_path)
    mine.count_request("/score", 200, 0.02)
    (tmp_path / "999999999.json").write_text(json.dumps([3, {'rlvr_requests_total{route="/score",status="200"}': 4}]))
    mine.share()

    text = mine.text()

    assert 'rlvr_requests_total{route="/score",status="200"} 5' in text
    assert "rlvr_requests_in_flight 0" in text
    assert 'rlvr_request_seconds_bucket{route="/score",le="0.025"} 1' in text
    assert 'rlvr_request_seconds_bucket{route="/score",le="0.01"} 0' in text
    assert text.count("# TYPE rlvr_request_seconds histogram") == 1


def test_the_life_of_a_server_is_followed() -> None:
    """It starts, and at the end nothing of it is left running."""
    service, sent = Service(SUITE), list[str]()
    messages = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]

    async def receive() -> dict[str, Any]:
        return messages.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(service({"type": "lifespan"}, receive, send))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_container_of_the_example_starts_what_is_there() -> None:
    """Its files are in the checkout, and its command has the options of ``rlvr serve``."""
    root = Path(__file__).parents[2]
    lines = (root / "examples" / "serve" / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY ")]
    words = [json.loads(line.partition(" ")[2]) for line in lines if line.startswith(("ENTRYPOINT ", "CMD "))]
    shown = unstyle(CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output)

    assert copied
    assert all((root / name).exists() for name in copied)
    assert words[0][:2] == ["rlvr", "serve"]
    assert all(word in shown for word in words[1] if word.startswith("--"))
    assert all(word in shown for word in ("--port", "--token", "--host", "--processes"))


async def _ask_all_kinds(service: Service, number: int) -> None:
    """Send requests of all kinds, right and wrong, none of which was there before."""
    headers = {"authorization": "Bearer secret"}
    row = {"id": number, "completion": f"It is {number}.", "answer": "7"}
    gone, _ = _in_parts([b"{"], then="leave")
    await ask(service, "/score", {"rows": [row] * 3}, headers=headers)
    await ask(service, "/score", {"rows": [row]}, headers=headers)
    await ask(service, "/score", {"rows": [row, number]}, headers={**headers, "accept": "application/x-ndjson"})
    await ask(service, "/openrlhf", {"query": [f"q{number}"], "prompts": ["q"], "labels": ["7"]}, headers=headers)
    await ask(service, "/lambda", [row], headers=headers)
    await ask(service, f"/nowhere{number}", {}, headers=headers)
    await ask(service, "/score", b"{", headers=headers)
    await ask(service, "/score", {}, headers={"authorization": f"Bearer {number}"})
    await ask(service, "/score", b" " * 10_001, headers=headers)
    await ask(service, "/score", headers=headers, receive=gone)


def test_memory_is_flat() -> None:
    """300 requests of all kinds leave a few bytes; a record, a path or a token that is kept would be 10,000."""
    suite = parse_suite(
        {"cache": False, "tasks": {"t": {"scorers": [{"scorer": "text.length", "options": {"max": 5}}]}}}
    )
    service = Service(suite, token="secret", limits=Limits(body_mb=0.01), settings=QUIET)  # noqa: S106

    async def kept() -> int:
        for number in range(10):
            await _ask_all_kinds(service, number)
        tracemalloc.start()
        try:
            await _ask_all_kinds(service, 20)
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            for number in range(100, 130):
                await _ask_all_kinds(service, number)
            gc.collect()
            return tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()

    assert asyncio.run(kept()) < 8_000
