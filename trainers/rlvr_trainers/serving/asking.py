"""Asking a service without a socket, in the process that has it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from rlvr_trainers.serving.bodies import decode, encode
from rlvr_trainers.serving.service import Limits, Service


def ask_all(service: Service, route: str, bodies: Sequence[Any]) -> list[Any]:
    """Return the replies to bodies that are posted at once, each as JSON.

    Raises:
        ValueError: The service refused one of them; the message is its reply.
    """

    async def ask_each() -> list[Any]:
        free = asyncio.Semaphore(Limits().requests)

        async def ask(body: Any) -> Any:
            async with free:
                return await _ask(service, route, body)

        return list(await asyncio.gather(*map(ask, bodies)))

    return asyncio.run(ask_each())


async def _ask(service: Service, route: str, body: Any) -> Any:
    waiting = [{"type": "http.request", "body": encode(body), "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # the client stays
        return waiting.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await service({"type": "http", "method": "POST", "path": route, "headers": []}, receive, send)
    content = b"".join(message["body"] for message in sent[1:])
    if not sent or sent[0]["status"] != 200:  # noqa: PLR2004  # of HTTP
        raise ValueError(f"{route}: {content.decode()}")
    return decode(content)
