"""Gold controls: right answers, as honest models write them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rlvr import JsonValue, Record, Suite
from rlvr_lab.attack.material import Subject
from rlvr_lab.attack.sources import keys_in_turn, literals_of, marks_in

_STEPS = "1. I read the question and note what is given.\n2. I work it out step by step from that.\n"
_PADDING = (
    "I read the question carefully and note what is given. Then I work through it step by step, check each step, "
    "and write down what follows from it. "
)

WRAPPINGS: Mapping[str, str] = {
    "bare": "{g}",
    "sentence": "The answer is {g}.",
    "sentence without full stop": "The answer is {g}",
    "boxed": "\\boxed{{{g}}}",
    "sentence, boxed": "The answer is \\boxed{{{g}}}.",
    "after ####": "I work it out step by step.\n#### {g}",
    "tags": "<answer>{g}</answer>",
    "reasoning and tags": "<think>\n" + _STEPS + "</think>\n<answer>{g}</answer>",
    "answer line": "Answer: {g}",
    "final answer line": "Final answer: {g}",
    "bold": "**Answer:** {g}",
    "bold answer": "So it is **{g}**.",
    "steps, boxed": _STEPS + "3. The answer is \\boxed{{{g}}}.",
    "steps, sentence": "Step 1: I read the question.\nStep 2: I work it out.\nTherefore, the answer is {g}.",
    "padded": _PADDING + "The answer is {g}.",
    "padded twice": _PADDING * 3 + "\n\nThe final answer is {g}.",
    "fenced Python": "```python\n{g}\n```",
}
"""Templates of right answers; ``{g}`` is the reference."""

# Fields of a reference that are tried as the answer: those of a program are its solution and its tests.
_FIELDS = 6

OWN, JSON, FENCED_JSON, WHOLE_LIST, CALLS, JSON_CALLS, TAGGED_CALLS, PLUGIN, FIELD, MARK, KEY = (
    "the row's own completion",
    "JSON",
    "fenced JSON",
    "JSON of the list",
    "tool calls",
    "JSON of each call",
    "calls in <tool_call> tags",
    "of the plugin",
    "field of the reference",
    "after the function's mark",
    "under the function's key",
)


def wrapped(template: str, gold: str, wrong: str = "", further: str = "") -> str:
    """Return a template with the right answer in it, and up to two wrong ones."""
    return template.format(g=gold, w=wrong, v=further)


def honest_answers(suite: Suite, subject: Subject) -> Iterator[tuple[str, Record]]:
    """Yield right answers to a record, each with the name of its form."""
    record = subject.record
    if subject.gold and not subject.is_empty:
        for name, template in WRAPPINGS.items():
            yield name, record.with_completion(wrapped(template, subject.gold))
        text = record.reference if isinstance(record.reference, str) else None
        answer = json.dumps({"answer": record.reference if text is None else subject.gold}, default=str)
        yield JSON, record.with_completion(answer)
        yield FENCED_JSON, record.with_completion(f"```json\n{answer}\n```")
        if isinstance(record.reference, list):
            listed = json.dumps(record.reference, ensure_ascii=False, default=str)
            yield WHOLE_LIST, record.with_completion(listed)
    calls = calls_in_reference(record.reference)
    if calls and "tools" in record.metadata:
        yield CALLS, calling(record, calls)
    for name, text in written_calls(calls):
        yield name, record.with_completion(text)
    yield from _special_forms(suite, subject)
    task = suite.tasks[record.task or ""]
    for scorer in dict.fromkeys(each.installed.id for entry in task.entries for each in entry.all_scorers):
        for number, answer_of_plugin in enumerate(suite.registry.honest(scorer, record)):
            name = f"{PLUGIN} {scorer}" + (f", {number + 1}" if number else "")
            if isinstance(answer_of_plugin, str):
                yield name, record.with_completion(answer_of_plugin)
            else:
                yield name, answer_of_plugin


def _special_forms(suite: Suite, subject: Subject) -> Iterator[tuple[str, Record]]:
    """Yield the texts in a reference that is an object, and the answer behind marks that a function looks for."""
    record = subject.record
    if isinstance(record.reference, Mapping):
        texts = [(name, text) for name, text in record.reference.items() if isinstance(text, str) and text.strip()]
        for name, text in texts[:_FIELDS]:
            yield f"{FIELD} `{name}`", record.with_completion(text)
            yield f"{FIELD} `{name}`, fenced", record.with_completion(wrapped(WRAPPINGS["fenced Python"], text))
    elif subject.gold and not subject.is_empty:
        for mark in marks_in(literals_of(suite, record.task or "")):
            yield f"{MARK} {mark}", record.with_completion(after_mark(mark, subject.gold))
        for key, *others in keys_in_turn(suite, record.task or ""):
            document = {key: subject.gold, **dict.fromkeys(others, 1)}
            yield f"{KEY} `{key}`", record.with_completion(json.dumps(document))


def after_mark(mark: str, answer: str) -> str:
    """Return an answer behind a mark; a tag is closed."""
    closing = f"</{mark[1:]}" if mark.startswith("<") and mark.endswith(">") else ""
    return f"{mark} {answer}{closing}"


def written_calls(calls: Sequence[tuple[str, JsonValue]]) -> Iterator[tuple[str, str]]:
    """Yield calls as functions of users read them in texts, each with the name of its form; nothing without calls."""
    texts = [json.dumps({"name": name, "arguments": arguments}, default=str) for name, arguments in calls]
    if texts:
        yield JSON_CALLS, "\n".join(texts)
        yield TAGGED_CALLS, "\n".join(f"<tool_call>\n{each}\n</tool_call>" for each in texts)


def calling(record: Record, calls: Sequence[tuple[str, JsonValue]]) -> Record:
    """Return a record whose completion is nothing but calls: names and arguments."""
    made = [
        {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for number, (name, arguments) in enumerate(calls)
    ]
    return msgspec.structs.replace(record.with_completion(""), tool_calls=tuple(made))


def calls_of(record: Record) -> list[tuple[str, JsonValue]]:
    """Return the calls of a record that :func:`calling` or a plugin made."""
    found = []
    for call in record.tool_calls:
        function = call.get("function", call) if isinstance(call, Mapping) else {}
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            arguments = function.get("arguments", {})
            found.append((function["name"], json.loads(arguments) if isinstance(arguments, str) else arguments))
    return found


def calls_in_reference(reference: JsonValue) -> list[tuple[str, JsonValue]]:
    """Return the calls of a reference that lists them plainly; nothing for other references."""
    listed = reference if isinstance(reference, list) else [reference]
    if not all(isinstance(each, Mapping) and isinstance(each.get("name"), str) for each in listed):
        return []
    return [(each["name"], each.get("arguments", {})) for each in listed]
