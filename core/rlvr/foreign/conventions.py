"""Calling conventions of reward functions, and how the signature of a function shows its convention."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from types import CodeType
from typing import Any, Literal, TypeAlias, get_args

Convention: TypeAlias = Literal["trl", "verl", "verifiers", "openrlhf", "grade", "lambda", "record"]
"""How a reward function is called.

- ``trl``: ``f(prompts, completions, **columns)``, lists, by name; also ms-swift, Axolotl, Unsloth.
- ``verl``: ``compute_score(data_source, solution_str, ground_truth, extra_info)``.
- ``verifiers``: ``f(completion, answer, prompt, state, info, task)``, any of these, by name; may be async.
- ``openrlhf``: ``reward_func(queries, prompts, labels)``, lists.
- ``grade``: ``grade(sample, item)``, of OpenAI's Python graders.
- ``lambda``: ``lambda_handler(event, context)``, where the event is a list of records.
- ``record``: ``f(record)``, or ``f(record, options)`` as scorers of plugins are.
"""

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class Parameters:
    """The parameters of a function.

    Attributes:
        names: The names of all that can be given by name or position.
        required: Those without a default.
        takes_others: Whether it takes any other keyword argument too.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        found = signature(function).parameters.values()
        named = [each for each in found if each.kind in {*_POSITIONAL, Parameter.KEYWORD_ONLY}]
        self.names = tuple(each.name for each in named)
        self.required = tuple(each.name for each in named if each.default is Parameter.empty)
        self.positional = tuple(each.name for each in named if each.kind in _POSITIONAL)
        self.takes_others = any(each.kind is Parameter.VAR_KEYWORD for each in found)


def convention_of(function: Callable[..., Any], name: str) -> Convention | None:
    """Return the convention that the signature of a function shows; None if it shows none.

    Args:
        function: The function.
        name: Its name, which some conventions fix.
    """
    try:
        parameters = Parameters(function)
    except (TypeError, ValueError):  # some builtins have no signature
        return None
    names = parameters.names
    if "solution_str" in names:
        return "verl"
    if "completions" in names:
        return "trl"
    if "queries" in names:
        return "openrlhf"
    if "completion" in names:
        return "verifiers"
    if names[:2] == ("sample", "item") or (name == "grade" and len(parameters.positional) == 2):  # noqa: PLR2004
        return "grade"
    if names[:2] == ("event", "context") or name == "lambda_handler":
        return "lambda"
    if len(parameters.required) == 1 or names[:1] == ("record",):
        return "record"
    return None


def method_of_object(function: Callable[..., Any]) -> Any:
    """Return what runs when an object is called; the slot of the type for a function."""
    return vars(type(function)).get("__call__")


def reads_messages(function: Callable[..., Any]) -> bool:
    """Return whether the code of a function takes ``content`` out of its completions, which are then messages.

    TRL and verifiers hand over texts or lists of messages, as the data set has them; the signature does not show which.
    """
    code = getattr(function, "__code__", None) or getattr(method_of_object(function), "__code__", None)
    return isinstance(code, CodeType) and _has_constant(code, "content")


def _has_constant(code: CodeType, text: str) -> bool:
    return any(each == text or (isinstance(each, CodeType) and _has_constant(each, text)) for each in code.co_consts)
