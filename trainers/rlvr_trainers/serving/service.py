"""The ASGI application: routes, limits, deadlines, errors; scoring runs in other threads, never on the event loop.

Raw ASGI: a framework costs CPU for each request and would not make the dozen routes shorter.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import logging
import math
import os
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from rlvr import Record, Reward, ScorerFaultError, Suite, close, record_from, rows_in, score_records, warm_up
from rlvr.record import read_row, records_of
from rlvr.report import columns_of, explanation_of
from rlvr_handler.handler import RewardFunction, make_handler
from rlvr_handler.settings import Settings, settings_from
from rlvr_trainers.batching import batcher_of
from rlvr_trainers.nemo_gym import aggregate_of, session_of
from rlvr_trainers.serving.bodies import (
    JSON_TYPE,
    LINES_TYPE,
    ClientGoneError,
    Receive,
    RefusedError,
    Scope,
    Send,
    busy,
    decode,
    encode,
    read_body,
)
from rlvr_trainers.serving.contracts import CONTRACTS, checked_count, group_records_of, rows_of
from rlvr_trainers.serving.counters import Counters
from rlvr_trainers.serving.lanes import Lanes
from rlvr_trainers.serving.page import page

# Larger bodies are decoded in another thread: a megabyte takes some ten milliseconds.
_LOOP_BYTES = 64_000
_STREAM_RECORDS = 256
# So long nobody looks whether the client is still there: to watch costs more than a batch of cheap scorers.
_UNWATCHED_SECONDS = 0.05
# Scorers that are cancelled at the deadline, and the reply, have this long.
_GRACE_SECONDS = 5.0
_SHARE_SECONDS = 1.0
_NO_SUCH = "see the routes in the README of rlvr-trainers: " + ", ".join(
    (*CONTRACTS, "/lambda", "/healthz", "/metrics")
)
# Where the client of Lambda posts events if its endpoint is this service.
_INVOKE = ("/2015-03-31/functions/", "/invocations")
# Names of this machine that no other machine has.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_log = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a request may take.

    Attributes:
        body_mb: The largest body, in megabytes.
        deadline_seconds: The time for a request; scorers that are not done by then are cancelled, and have failed.
        requests: Requests at a time in one process; more are refused with status 503.
    """

    body_mb: float = 32.0
    deadline_seconds: float = 60.0
    requests: int = 1_000


class Answer(NamedTuple):
    """The reply to a request; a body that is an iterator is sent part by part."""

    status: int
    body: bytes | AsyncIterator[bytes]
    type: str = JSON_TYPE
    headers: tuple[tuple[bytes, bytes], ...] = ()


class _Asked(NamedTuple):
    """A request: its scope, its messages, and the time of ``time.monotonic`` at which the reply is due."""

    scope: Scope
    receive: Receive
    headers: Mapping[bytes, bytes]
    deadline: float


class Service:
    """A suite as an ASGI application.

    Args:
        suite: The suite.
        token: What clients must show, as bearer token or as password; "" lets everybody in.
        limits: The limits of a request.
        is_local: Whether only this machine can connect; then a page of a site that calls itself by another name is
            refused.
        shared: The folder in which the processes of one service share their counters; None for one process.
        settings: The settings of Lambda's handler, for ``/lambda``; by default those of the environment.
    """

    def __init__(  # noqa: PLR0913  # one keyword for each choice of the caller
        self,
        suite: Suite,
        *,
        token: str = "",
        limits: Limits | None = None,
        is_local: bool = True,
        shared: Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._suite = suite
        self._token = token.encode()
        self._limits = limits or Limits()
        self._is_local = is_local
        self._counters = Counters(suite, shared)
        self._lanes = Lanes()
        self._settings = settings
        self._ranks_groups = any(entry.installed.scorer.score_group is not None for entry in suite.entries)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        match scope["type"]:
            case "http":
                await self._answer(scope, receive, send)
            case "lifespan":
                await self._live(receive, send)
            case _:  # a WebSocket
                await send({"type": "websocket.close", "code": 1003})

    async def _live(self, receive: Receive, send: Send) -> None:
        sharing = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await asyncio.to_thread(warm_up, self._suite)
                sharing = asyncio.create_task(self._share())
                await send({"type": "lifespan.startup.complete"})
            else:
                if sharing is not None:
                    sharing.cancel()
                self._counters.share()
                self._lanes.close()
                await asyncio.to_thread(close, self._suite)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _share(self) -> None:
        while True:
            self._counters.share()
            await asyncio.sleep(_SHARE_SECONDS)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        route = _route_of(scope["path"])
        self._counters.in_flight += 1
        status = 500
        try:
            answer = await self._answer_of(route, scope, receive)
            status = answer.status
            async with asyncio.timeout(self._limits.deadline_seconds + _GRACE_SECONDS):
                await _send(send, answer)
        except (ClientGoneError, TimeoutError, OSError):  # nobody reads the reply
            self._counters.count_gone()
        else:
            self._counters.count_request(route, status, time.perf_counter() - start)
        finally:
            self._counters.in_flight -= 1

    async def _answer_of(self, route: str, scope: Scope, receive: Receive) -> Answer:
        headers = {name: value for name, value in scope["headers"]}  # noqa: C416  # Starlette's client has lists
        asked = _Asked(scope, receive, headers, time.monotonic() + self._seconds_of(headers))
        try:
            self._check(route, asked)
            return await self._routed(route, asked)
        except RefusedError as refused:
            return _refusal(refused)
        except ScorerFaultError as error:
            return _refusal(_stopped(error))
        except ClientGoneError:
            raise
        except Exception:  # noqa: BLE001  # whoever waits must get a reply, whatever it is
            _log.exception("a bug in rlvr, at %s", route)
            return _refusal(
                RefusedError(500, "a bug in rlvr", "see the log of the service, and send the request again")
            )

    def _seconds_of(self, headers: Mapping[bytes, bytes]) -> float:
        """Return the seconds that a request may take: those of the service, or fewer if the client says so."""
        try:
            asked = float(headers.get(b"rlvr-deadline-seconds", b"inf"))
        except ValueError:
            asked = math.inf
        return min(asked, self._limits.deadline_seconds) if asked > 0 else self._limits.deadline_seconds

    def _check(self, route: str, asked: _Asked) -> None:
        """Refuse who may not ask, and who asks for what is not there."""
        _check_origin(asked.headers, is_local=self._is_local)
        if route not in _ROUTES:
            raise RefusedError(404, "there is no such route", _NO_SUCH)
        method = asked.scope["method"]
        if method not in _ROUTES[route]:
            raise RefusedError(405, f"{route} takes no {method}", f"send a {_ROUTES[route][0]} request")
        if route not in _OPEN and self._token and not _shows(asked.headers.get(b"authorization", b""), self._token):
            raise RefusedError(401, "the token is missing or wrong", "send the header `Authorization: Bearer TOKEN`")
        if route not in _OPEN and self._counters.in_flight > self._limits.requests:
            raise busy("too many requests wait")

    async def _routed(self, route: str, asked: _Asked) -> Answer:
        match route:
            case "/":
                content, policy = page()
                return Answer(
                    200, content, "text/html; charset=utf-8", ((b"content-security-policy", policy.encode()),)
                )
            case "/healthz":
                return Answer(200, encode({"status": "ok", "fingerprint": self._suite.fingerprint}))
            case "/metrics":
                text = await asyncio.to_thread(self._counters.text)
                return Answer(200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")
            case "/seed_session" | "/close_session":
                return Answer(200, encode(session_of(await self._body(asked))))
            case "/aggregate_metrics":
                return await self._aggregate(asked)
            case "/reverify_mode":  # of NeMo Gym: a body that is verified again earns the same
                return Answer(200, b'"stateless"')
            case "/lambda":
                return await self._invoke(asked)
            case "/explain":
                return await self._explain(asked)
            case _:
                return await self._score(route, asked)

    async def _score(self, route: str, asked: _Asked) -> Answer:
        contract = CONTRACTS[route]
        body = await self._body(asked)
        if route == "/score" and LINES_TYPE.encode() in asked.headers.get(b"accept", b""):
            rows = rows_of(body)
            group_records = group_records_of(body)
            return Answer(200, self._lines(rows, group_records, asked), LINES_TYPE)
        group_records = group_records_of(body) if route == "/score" else None
        if group_records is None and _is_single(route, body):
            batcher = batcher_of(self._suite)
            if batcher.is_full:
                raise busy("slow batches have all threads")
            records = contract.read(self._suite, body)
            scoring = batcher.score_async(self._suite, records, deadline=asked.deadline)
            rewards: Sequence[Reward] = await self._before(asked, scoring)
            self._counters.count_rewards(rewards)
            return Answer(200, encode(contract.reply(body, rewards)))

        def work() -> tuple[Sequence[Reward], bytes]:
            records = contract.read(self._suite, body)
            rewards = self._scored(records, group_records, asked.deadline)
            return rewards, encode(contract.reply(body, rewards))

        rewards, content = await self._before(asked, self._lanes.run(work))
        self._counters.count_rewards(rewards)
        return Answer(200, content)

    async def _lines(self, rows: Sequence[Any], group_records: int | None, asked: _Asked) -> AsyncIterator[bytes]:
        """Yield a line for each row as it is scored; scorers of groups see the whole batch, so all lines come at once.

        A scorer that broke, where the suite says to stop, is told in the last line.
        """
        size = max(1, len(rows)) if self._ranks_groups else _STREAM_RECORDS

        def work(start: int) -> tuple[Sequence[Reward], bytes]:
            places = range(start, min(start + size, len(rows)))
            records = [record_from(rows[place], self._suite.rules, position=place) for place in places]
            rewards = self._scored(records, group_records, asked.deadline)
            return rewards, b"".join(encode(columns_of(reward)) + b"\n" for reward in rewards)

        for start in range(0, len(rows), size):
            try:
                rewards, lines = await self._before(asked, self._lanes.run(work, start))
            except ScorerFaultError as error:
                yield (
                    encode({"error": str(error), "next": "repair the scorer; the rows after it were not scored"})
                    + b"\n"
                )
                return
            except RefusedError as refused:
                yield refused.body + b"\n"
                return
            self._counters.count_rewards(rewards)
            yield lines

    async def _aggregate(self, asked: _Asked) -> Answer:
        """Answer an agent of NeMo Gym that asks for the means of all its rollouts."""
        body = await self._body(asked)
        given = body.get("verify_responses") if isinstance(body, dict) else None
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            raise RefusedError(422, "the body has no list `verify_responses`", "send the replies of /verify")
        return Answer(200, encode(await self._before(asked, asyncio.to_thread(aggregate_of, given))))

    async def _invoke(self, asked: _Asked) -> Answer:
        """Answer an event of Lambda as the function does, for a container that stands where the function stood."""
        event = await self._body(asked)
        checked_count(rows_in(event) or [])
        answer = await self._before(asked, self._lanes.run(self._handler, event, _Context(asked.deadline)))
        return Answer(200, encode(answer))

    @property
    def _handler(self) -> RewardFunction:
        return self._suite.resource(
            "reward function of the service",
            lambda: make_handler(self._suite, self._settings or settings_from(os.environ)),
        )

    async def _explain(self, asked: _Asked) -> Answer:
        """Answer with all that is known about the reward of one row, for the page."""
        body = await self._body(asked)
        if not isinstance(body, dict) or "row" not in body:
            raise RefusedError(422, "the body has no `row`", 'send {"row": {"completion": "…", "answer": "…"}}')

        def work() -> tuple[Sequence[Reward], bytes]:
            reading = read_row(body["row"], self._suite.rules)
            record = self._suite.routed(records_of(reading, self._suite.rules)[0])
            rewards = self._scored([record], None, asked.deadline)
            return rewards, encode(explanation_of(reading, record, rewards[0]))

        rewards, content = await self._before(asked, self._lanes.run(work))
        self._counters.count_rewards(rewards)
        return Answer(200, content)

    def _scored(self, records: Sequence[Record], group_records: int | None, deadline: float) -> Sequence[Reward]:
        return score_records(self._suite, records, deadline=deadline, group_records=group_records).rewards

    async def _body(self, asked: _Asked) -> Any:
        """Return the JSON of a request's body, which must come before the deadline."""
        if asked.headers.get(b"content-encoding", b"identity") != b"identity":
            raise RefusedError(415, "the body is compressed", "send it without Content-Encoding")
        told = asked.headers.get(b"content-length", b"")
        declared = int(told) if told.isdigit() else None
        try:
            async with asyncio.timeout(asked.deadline - time.monotonic()):
                body = await read_body(asked.receive, declared, int(self._limits.body_mb * 1e6))
        except TimeoutError:
            raise RefusedError(408, "the body did not come in time", "send it faster, or raise --deadline") from None
        return decode(body) if len(body) <= _LOOP_BYTES else await asyncio.to_thread(decode, body)

    async def _before(self, asked: _Asked, work: Awaitable[ValueT]) -> ValueT:
        """Wait for work until the deadline and a grace have passed, or the client is gone.

        Raises:
            RefusedError: The deadline has passed, and a scorer that cannot be cancelled still runs.
            ClientGoneError: The client closed the connection; work that waits is not done.
        """
        working = asyncio.ensure_future(work)
        left = max(0.0, asked.deadline - time.monotonic()) + _GRACE_SECONDS
        leaving = None
        try:
            await asyncio.wait((working,), timeout=min(left, _UNWATCHED_SECONDS))
            if not working.done():
                leaving = asyncio.ensure_future(_left(asked.receive))
                await asyncio.wait({working, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            if leaving is not None and leaving.done():
                raise ClientGoneError
            raise RefusedError(504, "the deadline has passed", "send fewer rows in each request, or raise --deadline")
        finally:
            if leaving is not None:
                leaving.cancel()
            if not working.done():  # its error is nobody's any more
                working.cancel()
                working.add_done_callback(lambda done: done.cancelled() or done.exception())


class _Context:
    """What Lambda's handler reads of a context."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the deadline."""
        return max(0, int((self._deadline - time.monotonic()) * 1e3))


# The methods of each route.
_ROUTES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("/", "/healthz", "/metrics", "/reverify_mode"), ("GET", "HEAD")),
    **dict.fromkeys(
        (*CONTRACTS, "/lambda", "/explain", "/seed_session", "/close_session", "/aggregate_metrics"), ("POST",)
    ),
}
# Routes that tell nothing of the suite but its fingerprint, and score nothing.
_OPEN = frozenset({"/", "/healthz"})


def _route_of(path: str) -> str:
    """Return the route of a path; "other" for any other path, which must not make a series of its own."""
    path = path.rstrip("/") or "/"
    if path.startswith(_INVOKE[0]) and path.endswith(_INVOKE[1]):
        return "/lambda"
    return path if path in _ROUTES else "other"


def _is_single(route: str, body: Any) -> bool:
    """Return True for a body that can hold one record only, which is scored together with those of other requests."""
    match route:
        case "/score":
            return len(rows_of(body)) == 1
        case "/openrlhf" | "/llama_factory":
            texts = body.get("query" if route == "/openrlhf" else "messages") if isinstance(body, dict) else None
            return isinstance(texts, list) and len(texts) == 1
        case _:
            return True


def _shows(header: bytes, token: bytes) -> bool:
    """Return True if a header ``Authorization`` has the token: as bearer, or as the password of a URL's user."""
    scheme, _, shown = header.partition(b" ")
    match scheme.lower():
        case b"bearer":
            return hmac.compare_digest(shown.strip(), token)
        case b"basic":
            with contextlib.suppress(binascii.Error, ValueError):
                return hmac.compare_digest(base64.b64decode(shown.strip(), validate=True).partition(b":")[2], token)
    return False


def _check_origin(headers: Mapping[bytes, bytes], *, is_local: bool) -> None:
    """Refuse a page of another site, which a browser on this machine would let ask a service on loopback."""
    host = headers.get(b"host", b"").decode("latin-1")
    origin = headers.get(b"origin", b"").decode("latin-1")
    try:
        name = urlsplit(f"//{host}").hostname
        is_foreign = bool(origin) and urlsplit(origin).netloc != host
    except ValueError:
        name, is_foreign = None, True
    if is_foreign or (is_local and host and name not in LOOPBACK):
        raise RefusedError(
            403,
            "the request comes from a page of another site, or names another host",
            "ask this service at its own address",
        )


async def _left(receive: Receive) -> None:
    """Return once the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, answer: Answer) -> None:
    headers = [(b"content-type", answer.type.encode()), (b"x-content-type-options", b"nosniff"), *answer.headers]
    if isinstance(answer.body, bytes):
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for part in answer.body:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _stopped(error: ScorerFaultError) -> RefusedError:
    return RefusedError(500, str(error), "the suite says to stop when scorers break: repair the scorer")


def _refusal(refused: RefusedError) -> Answer:
    return Answer(refused.status, refused.body, JSON_TYPE, _REFUSAL_HEADERS.get(refused.status, ()))


_REFUSAL_HEADERS: Mapping[int, tuple[tuple[bytes, bytes], ...]] = {
    401: ((b"www-authenticate", b"Bearer"),),
    408: ((b"connection", b"close"),),  # the rest of the body is not read
    413: ((b"connection", b"close"),),
    503: ((b"retry-after", b"1"),),
}
