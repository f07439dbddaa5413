"""The connection of a process to a model: its threads, its backend, and what the model was found to refuse."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, assert_never

import msgspec

from rlvr_judge.backends.call import Backend, Call, Reply, Rung
from rlvr_judge.options import Endpoint, JudgeOptions
from rlvr_judge.spending.budget import Budget
from rlvr_judge.spending.prices import price_of
from rlvr_judge.tokens import Tokens
from rlvr_judge.troubles import Cause, NoVerdictError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

TokensT = TypeVar("TokensT", bound=Tokens)


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """The form of requests that a model accepts.

    Attributes:
        rung: How a structured reply is asked for.
        sends_temperature: False once the model refused a temperature.
        sends_effort: False once the model refused an effort.
        renames_limit: True once the server refused ``max_tokens``.
    """

    rung: Rung = Rung.SCHEMA
    sends_temperature: bool = True
    sends_effort: bool = True
    renames_limit: bool = False

    def shape(self, call: Call) -> Call:
        """Return a call in this form."""
        return msgspec.structs.replace(
            call,
            rung=self.rung,
            temperature=call.temperature if self.sends_temperature else None,
            effort=call.effort if self.sends_effort else None,
            renames_limit=self.renames_limit,
        )

    def without(self, problem: NoVerdictError, call: Call) -> Habits | None:
        """Return other habits to try after a rejected request; None if there are none."""
        text = problem.message.casefold()
        if call.temperature is not None and "temperature" in text:
            return msgspec.structs.replace(self, sends_temperature=False)
        if call.effort is not None and "effort" in text:
            return msgspec.structs.replace(self, sends_effort=False)
        if not call.renames_limit and "max_completion_tokens" in text:
            return msgspec.structs.replace(self, renames_limit=True)
        match self.rung:
            case Rung.SCHEMA:
                return msgspec.structs.replace(self, rung=Rung.TOOL)
            case Rung.TOOL:
                return msgspec.structs.replace(self, rung=Rung.TEXT)
            case Rung.TEXT:
                return None
            case _:
                assert_never(self.rung)


class Connection:
    """Sends calls to one model of a scorer entry; opened at the first call of a process, and again after a fork.

    Attributes:
        endpoint: The model.
        habits: The form of requests that it accepts, as far as is known.
        price: Its price; None if it is not known.
    """

    def __init__(self, options: JudgeOptions, endpoint: Endpoint, budget: Budget | None = None) -> None:
        self.endpoint = endpoint
        self.price = price_of(endpoint.model, options.prices, is_bedrock=not endpoint.base_url)
        self._budget = budget
        self.habits = Habits()
        self._options = options
        self._opened: tuple[int, Backend] | None = None

    async def send(self, call: Call, seconds: float, note_request: Callable[[], None]) -> Reply:
        """Send a call from a thread of this process.

        A request that the model rejects is sent once more in another form; a form that works is kept for all later
        calls.

        Args:
            call: The call.
            seconds: Time for each request.
            note_request: Called before each request.

        Raises:
            NoVerdictError: There is no reply that could be a verdict, or the budget is used up.
        """
        from asyncio import get_running_loop  # its import takes as long as that of all judges

        executor, backend = _executor_of(os.getpid(), self._options.concurrency), self._backend()
        habits = self.habits
        while True:
            shaped = habits.shape(call)
            if self._budget is not None:
                self._budget.check()
            note_request()
            try:
                reply = await get_running_loop().run_in_executor(executor, partial(backend.send, shaped, seconds))
            except NoVerdictError as error:
                if error.spent is not None:
                    error.spent = self._paid(error.spent)
                other = habits.without(error, shaped) if error.cause is Cause.REJECTED else None
                if other is None:
                    raise
                habits = other
            else:
                self.habits = habits
                return self._paid(reply)

    def _paid(self, tokens: TokensT) -> TokensT:
        """Return tokens with their cost, which is taken from the budget."""
        usd = 0.0 if self.price is None else self.price.usd_of(tokens)
        if self._budget is not None:
            self._budget.spend(usd)
        return msgspec.structs.replace(tokens, usd=usd)

    def body_of(self, call: Call) -> dict[str, Any]:
        """Return the body of the request of a call, in the form that is tried first."""
        shaped = self.habits.shape(call)
        if self.endpoint.base_url:
            from rlvr_judge.backends.openai_compatible import body_of

            return body_of(shaped)
        from rlvr_judge.backends.bedrock import request_of

        return request_of(shaped, self._options.bedrock)

    def count_tokens(self, call: Call) -> int | None:
        """Return the tokens of a request as its service counts them, which is free; None if it counts none.

        Raises:
            NoVerdictError: The service does not count them for this model, or cannot be reached.
        """
        if self.endpoint.base_url:
            return None
        from rlvr_judge.backends.bedrock import Bedrock

        return Bedrock(self._options).count_tokens(self.habits.shape(call))

    def _backend(self) -> Backend:
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), _backend_of(self._options, self.endpoint))
        return self._opened[1]


@lru_cache(maxsize=8)
def _executor_of(process: int, threads: int) -> ThreadPoolExecutor:
    """Return the threads of this process; a forked process has none of its parent's."""
    from concurrent.futures import ThreadPoolExecutor

    del process
    return ThreadPoolExecutor(threads, thread_name_prefix="rlvr-judge")


def _backend_of(options: JudgeOptions, endpoint: Endpoint) -> Backend:
    if endpoint.base_url:
        from rlvr_judge.backends.openai_compatible import OpenAICompatible

        return OpenAICompatible(options, endpoint)
    from rlvr_judge.backends.bedrock import Bedrock

    return Bedrock(options)
