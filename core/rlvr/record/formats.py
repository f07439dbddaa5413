"""The table of named row formats: how a format is recognised, and at which places its parts stand.

A format names places only; `completions.py` and `references.py` understand what stands there. The order of the table is
the order of trial, the most particular signature first. The README of the core lists the formats with their sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from rlvr.record.completions import Kind
from rlvr.record.json_value import MAPPINGS, JsonValue
from rlvr.record.places import head_of

# Names of a reference, in order; the first that has a value wins. Those that platforms define come first, then those
# that trainers and data sets use.
REFERENCE_PLACES = (
    *("reference_answer", "metadata.reference_answer", "extra_info.reference_answer"),
    *("ground_truth", "metadata.ground_truth", "extra_info.ground_truth", "reward_model.ground_truth"),
    *("reward_spec.ground_truth", "referenceAnswer", "referenceResponse", "reference", "references"),
    *("expected_answer", "gold_answer", "golden_answers", "correct_answer", "expected_output", "expectedOutput"),
    *("expected", "gts", "gold", "answer", "Answer", "answerKey", "answers", "target", "targets", "label", "labels"),
    *("final_answer", "solution", "Solution", "chosen"),
)
# Tests of programs, in the columns of published data sets: the reference of a row that has no other.
TEST_PLACES = (
    "entry_point&test&prompt?&code_prompt?&complete_prompt?&canonical_solution?",  # HumanEval, EvalPlus, BigCodeBench
    "test_list&test_setup_code?&test_imports?&code?",  # MBPP
    "public_test_cases&private_test_cases&metadata?&starter_code?",  # LiveCodeBench
    "public_tests&private_tests?&generated_tests?",  # CodeContests
    "input_output&starter_code?",  # APPS, TACO
)
ID_PLACES = (*("id", "ID", "task_id", "record_id", "question_id", "uid", "uuid", "key", "metadata.id", "metadata.key"),)
PROMPT_PLACES = (
    *("prompt", "question", "query", "problem", "instruction", "input", "user_input", "source"),
    *("Question", "Problem", "Prompt", "question_content"),
)
# A completion under one of these names wins over every other column, except in an event of a platform.
HANDED_OVER = ("completion", "completions")
# The names of a completion in rows of no known format. Values that others derived (`pred`, `extracted`) are none.
COMPLETION_PLACES = (
    *("response", "responses", "output", "generation", "generations", "prediction", "predict", "model_response"),
    *("hypothesis", "generated_text", "actual_output", "solution_str"),
)
COMPLETION_COLUMNS = frozenset((*HANDED_OVER, *COMPLETION_PLACES))
# Where an event of a platform has the answer if its conversation ends with the question.
SPARE_PLACES = ("model_response", "completion", "response")


class Format(msgspec.Struct, frozen=True):
    """One named shape of a row. Places are paths as in ``places.py``, with spaces between alternatives.

    Attributes:
        name: Its name, a family and a member: ``openai.batch``.
        needs: Its signature: terms that must all hold. A term is a column (``doc``), a column that is absent
            (``!query``), one of several (``query|queries``), one with a type (``doc{}``, ``turns[]``, ``result:text``),
            an object or a list of objects with one of some keys (``output{message}``, ``choices[text|message]``), or
            one with a value (``object=response``).
        completion: The places of the completion; "" for a format that has none.
        reference: The places of the reference; ``*`` is every name of a reference, ``metadata.*`` those below a column.
        prompt: The places of the prompt.
        id: The places of the id; the general ones follow.
        kind: What stands at the completion's place.
        refusal: Why a format without a completion has none, and what the user can do.
        fault: Terms, as in ``needs``, of which one says that the call failed whatever stands at the completion's place.
        is_paired: Whether completions, prompts and references are lists of equal length, a record for each place.
    """

    name: str
    needs: str
    completion: str = ""
    reference: str = "*"
    prompt: str = ""
    id: str = ""
    kind: Kind = "answer"
    refusal: str = ""
    fault: str = ""
    is_paired: bool = False


_NAME_ONE = "the row holds the answers of two models; name one"
_GYM_REFERENCES = " ".join(
    prefix + name
    for prefix in ("", "verifier_metadata.", "metadata.")
    for name in ("expected_answer", "answer", "ground_truth", "expected_output", "target", "label")
)

FORMATS: tuple[Format, ...] = (
    Format(
        "bedrock.invocation_log",
        "schemaType=ModelInvocationLog",
        completion="output.outputBodyJson",
        prompt="input.inputBodyJson",
        id="requestId",
    ),
    Format(
        "bedrock.batch",
        "modelInput modelOutput|error",
        completion="modelOutput",
        prompt="modelInput.messages modelInput.prompt modelInput.inputText",
        id="recordId",
    ),
    Format(
        "bedrock.model_evaluation",
        "modelResponses[]",
        completion="modelResponses.0.response",
        reference="referenceResponse *",
        prompt="prompt",
    ),
    Format(
        "bedrock.rag_evaluation",
        "conversationTurns[]",
        completion="conversationTurns.-1.output.text",
        reference="conversationTurns.-1.referenceResponses[].content *",
        prompt="conversationTurns.-1.prompt.content",
    ),
    Format(
        "openai.batch",
        "custom_id response|error !result",
        completion="response.body",
        id="custom_id",
        fault="response{status_code>=400}",
    ),
    Format(
        "anthropic.batch",
        "custom_id result{}",
        completion="result.message",
        id="custom_id",
        fault="result{type=errored} result{type=expired} result{type=canceled}",
    ),
    Format(
        "vertex.batch",
        "request{contents} response|status",
        completion="response.candidates",
        prompt="request.contents",
    ),
    Format(
        "nemo_gym",
        "responses_create_params{}",
        completion="response.output",
        reference=_GYM_REFERENCES,
        prompt="responses_create_params.input",
        kind="steps",
    ),
    Format(
        "openrlhf.call",
        "query|queries prompts[]",
        completion="query queries",
        reference="labels *",
        prompt="prompts",
        kind="continuation",
        is_paired=True,
    ),
    Format("verl.call", "solution_str", completion="solution_str", prompt="extra_info.question prompt"),
    Format("verl.dump", "input output gts", completion="output", reference="gts", prompt="input", id="request_id id"),
    Format(
        "sagemaker.evaluation",
        "query response !prompt !data_source",
        completion="model_response",
        reference="reference_answer metadata.reference_answer response",
        prompt="query",
    ),
    Format(
        "lighteval.detail",
        "doc{} model_response{}",
        completion="model_response.text",
        reference="doc.choices@doc.gold_index",
        prompt="doc.query",
        id="doc.id",
    ),
    Format(
        "lm_eval",
        "doc resps",
        completion="resps",
        reference="target",
        prompt="arguments.gen_args_0.arg_0 doc.question doc.prompt",
        id="doc_id",
    ),
    Format(
        "inspect.sample",
        "target messages output{}",
        completion="output.choices output.completion",
        reference="target",
        prompt="input",
        id="id",
    ),
    Format(
        "helm.request_state",
        "instance{} request result",
        completion="result.completions",
        reference="instance.references[tags=correct].output.text",
        prompt="instance.input.text",
        id="instance.id",
        fault="result{success=false}",
    ),
    Format("helm.display_prediction", "instance_id predicted_text", completion="predicted_text", id="instance_id"),
    Format(
        "opencompass.prediction",
        "origin_prompt prediction",
        completion="prediction",
        reference="gold *",
        prompt="origin_prompt",
        id="idx",
    ),
    Format(
        "opencompass.detail",
        "origin_prediction references",
        completion="origin_prediction",
        reference="references",
        prompt="prompt",
    ),
    Format(
        "rllm.episode",
        "trajectories[] is_correct",
        completion="trajectories.-1.steps.-1.chat_completions trajectories.-1.steps.-1.model_response",
        reference="task.ground_truth task.answer task.*",
        prompt="task.question task.prompt",
        id="id episode_id",
    ),
    Format(
        "verifiers.episode",
        "traces[] task{}",
        completion="traces[].nodes",
        reference="task.data.*",
        prompt="task.data.prompt task.data.question",
    ),
    Format(
        "verifiers.trace",
        "nodes[] task{}",
        completion="nodes",
        reference="task.data.*",
        prompt="task.data.prompt task.data.question",
    ),
    Format(
        "verifiers.results",
        "example_id completion reward",
        completion="completion",
        prompt="prompt",
        id="example_id",
    ),
    Format(
        "art.trajectory",
        "messages_and_choices[]",
        completion="messages_and_choices",
        reference="metadata.* *",
    ),
    Format(
        "tinker.trajectory",
        "turns[] example_id",
        completion="turns",
        reference="logs.expected logs.* *",
        id="example_id",
    ),
    Format(
        "open_instruct.rollout",
        "prompt_tokens response_tokens",
        reference="",
        refusal="`response_tokens` holds token ids; decode them first",
    ),
    Format(
        "skyrl.dump",
        "input_prompt output_response",
        completion="output_response",
        reference="env_extras.reward_spec.ground_truth env_extras.* *",
        prompt="input_prompt",
    ),
    Format(
        "nemo_rl.val_log",
        "content[] rewards",
        completion="content.0",
        kind="conversation",
    ),
    Format(
        "nemo_rl.eval",
        "message_log response extra_env_info",
        completion="response",
        prompt="prompt",
    ),
    Format(
        "bfcl.result",
        "id result !passed !custom_id",
        completion="result",
        reference="ground_truth *",
        prompt="question",
        id="id",
        kind="calls",
        fault="traceback:text",
    ),
    Format(
        "promptfoo.result",
        "promptIdx|testCase response",
        completion="response.output",
        reference="vars.* testCase.vars.* testCase.assert[type=equals]!.value",
        prompt="prompt.raw prompt",
        id="id",
    ),
    Format(
        "deepeval.test_case",
        "input actual_output|actualOutput",
        completion="actual_output actualOutput",
        reference="expected_output expectedOutput *",
        prompt="input",
    ),
    Format(
        "langsmith.run",
        "run_type outputs",
        kind="wrapped",
        completion="outputs",
        reference="reference_outputs *",
        prompt="inputs",
        id="id",
    ),
    Format(
        "langsmith.example",
        "inputs outputs runs",
        kind="wrapped",
        completion="runs[].outputs",
        reference="outputs",
        prompt="inputs",
        id="id",
    ),
    Format(
        "langsmith.example",
        "inputs outputs",
        reference="outputs",
        prompt="inputs",
        id="id",
        refusal="`outputs` of an example is the reference, and there is no `runs`",
    ),
    Format(
        "langfuse.observation",
        "trace_id|traceId type output",
        completion="output",
        reference="metadata.* *",
        prompt="input",
        id="id",
        kind="json_text",
    ),
    Format(
        "braintrust.row",
        "input expected",
        completion="output",
        reference="expected",
        prompt="input",
        id="id",
    ),
    Format(
        "langfuse.dataset_item",
        "input expectedOutput",
        completion="output",
        reference="expectedOutput",
        prompt="input",
        id="id",
        kind="json_text",
    ),
    Format(
        "openai.eval_item",
        "datasource_item{}",
        completion="sample.output sample.output_text",
        reference="datasource_item.*",
        prompt="sample.input",
        id="id",
    ),
    Format(
        "openai.grader",
        "item{} sample{}",
        completion="sample.output_text sample.choices sample.output_tools",
        reference="item.*",
        prompt="item.prompt item.question item.query item.problem item.instruction item.input item.messages",
        id="item.id",
    ),
    Format(
        "oaieval",
        "sample_id data{}",
        completion="data.sampled",
        reference="data.expected data.*",
        prompt="data.prompt",
        id="sample_id",
    ),
    Format(
        "swe_bench.prediction",
        "instance_id model_patch",
        completion="model_patch",
        reference="patch *",
        prompt="problem_statement",
        id="instance_id",
    ),
    Format(
        "swe_bench.row",
        "instance_id problem_statement patch",
        reference="patch",
        prompt="problem_statement",
        id="instance_id",
    ),
    Format("tau_bench", "task_id traj[]", completion="traj", id="task_id"),
    Format("simple_evals", "convo[] score", completion="convo", kind="conversation"),
    Format(
        "livecodebench",
        "question_id output_list|code_list",
        completion="output_list code_list",
        prompt="question_content",
        id="question_id",
    ),
    Format("fastchat.answer", "question_id choices[turns]", completion="choices", id="question_id"),
    Format(
        "fastchat.question",
        "question_id turns[]",
        reference="reference *",
        prompt="turns.0",
        id="question_id",
        refusal="`turns` of a question are the user's",
    ),
    Format("arena.battle", "conversation_a conversation_b", refusal=_NAME_ONE, id="question_id"),
    Format("alpaca_eval.annotation", "output_1 output_2", prompt="instruction", refusal=_NAME_ONE),
    Format("alpaca_eval.output", "instruction output generator", completion="output", prompt="instruction"),
    Format("arena_hard", "messages[] ans_id", completion="messages", id="uid", kind="conversation"),
    Format(
        "lmsys_chat",
        "conversation_id conversation[]",
        completion="conversation",
        id="conversation_id",
        kind="conversation",
    ),
    Format(
        "code.problem",
        "task_id canonical_solution !completion !completions !solution !response !output !generation",
        reference=" ".join((*TEST_PLACES, "canonical_solution")),
        prompt="prompt complete_prompt instruct_prompt",
        id="task_id",
    ),
    Format(
        "code.samples",
        "task_id solution !completion !prompt !question !problem !messages",
        completion="solution",
        id="task_id",
    ),
    Format(
        "code.samples",
        "task_id completion !question !problem !messages !prompt",
        completion="completion",
        id="task_id",
    ),
    Format(
        "matharena.run",
        "gold_answer messages[[]",
        completion="messages",
        reference="gold_answer",
        prompt="problem",
        kind="conversation",
    ),
    Format(
        "matharena.outputs",
        "gold_answer answer problem",
        completion="answer",
        reference="gold_answer",
        prompt="problem",
    ),
    Format(
        "ragas",
        "question answer contexts",
        completion="answer",
        reference="ground_truth ground_truths reference",
        prompt="question",
    ),
    Format("ragas", "user_input response", completion="response", reference="reference *", prompt="user_input"),
    Format("gemini.contents", "contents[]", completion="contents", kind="conversation"),
    Format("openai.thread_message", "object=thread.message", completion="content", id="id"),
    Format("openai.chat", "choices[message|delta]", completion="choices", prompt="prompt messages", id="id"),
    Format("openai.completion", "choices[text]", completion="choices", prompt="prompt messages", id="id"),
    Format(
        "openai.responses",
        "object=response",
        completion="output",
        prompt="input",
        id="id",
        kind="steps",
        fault="status=failed",
    ),
    Format("openai.responses", "output[type]", completion="output", prompt="input", id="id", kind="steps"),
    Format("anthropic.message", "type=message content", completion="content", id="id"),
    Format("bedrock.converse", "output{message}", completion="output.message"),
    Format("vllm.output", "outputs[text]", completion="outputs", prompt="prompt", id="request_id"),
    Format("ollama.chat", "message{} done", completion="message"),
    Format("llama_cpp.completion", "content:text stop", completion="content"),
    Format("reasoning_set", "content:text reasoning_content", completion="content"),
    Format("hf.pipeline", "generated_text", completion="generated_text", kind="continuation"),
    Format("bedrock.rft", "messages[] reference_answer|metadata{reference_answer}|extra_info{reference_answer}"),
    Format("sharegpt", "conversations[]", completion="conversations", id="id", kind="conversation"),
    Format("trl", "prompt completion|completions"),
    Format("verl", "data_source reward_model"),
    Format("open_r1", "generations[]", completion="generations"),
    Format("preference", "chosen rejected"),
    Format("alpaca", "instruction output"),
    Format("generic", ""),
)
GENERIC = FORMATS[-1]
# Events of platforms: an assistant turn of `messages` wins over every column.
PLATFORM_EVENT = "bedrock.rft"


def formats_named(name: str) -> tuple[Format, ...]:
    """Return the formats of a name, or of a family, in the order of the table; () for an unknown name."""
    return tuple(each for each in FORMATS if name in {each.name, head_of(each.name)})


def format_names() -> tuple[str, ...]:
    """Return the names of all formats and families, in the order of the table."""
    names = (name for each in FORMATS for name in (head_of(each.name), each.name))
    return tuple(dict.fromkeys(names))


def nearest_format(name: str) -> str | None:
    """Return the known name that is most like a name; None if none is like it."""
    from difflib import get_close_matches  # only errors need it

    return next(iter(get_close_matches(name, format_names(), n=1)), None)


def reference_places(wanted: str) -> Iterator[str]:
    """Yield the places of a reference column of the table, with ``*`` written out."""
    for place in wanted.split():
        if place == "*":
            yield from REFERENCE_PLACES
        elif place.endswith(".*"):
            yield from (place[:-1] + name for name in REFERENCE_PLACES if "." not in name)
        else:
            yield place


Condition = Callable[[Mapping[str, JsonValue]], bool]


def conditions_of(needs: str, keys: Iterable[str]) -> list[Condition] | None:
    """Return what a signature demands of the values of rows with some keys; None if their keys do not fit."""
    present = frozenset(keys)
    conditions: list[Condition] = []
    for term in needs.split():
        if term.startswith("!"):
            if term[1:] in present:
                return None
            continue
        options = [option for option in _options_of(term) if head_of_term(option) in present]
        if not options:
            return None
        tests = [_test_of(option) for option in options]
        if None not in tests:
            conditions.append(_any_of([test for test in tests if test is not None]))
    return conditions


def head_of_term(term: str) -> str:
    """Return the column that a term of a signature is about."""
    for mark in "{[=:":
        term = term.partition(mark)[0]
    return head_of(term)


def _options_of(term: str) -> list[str]:
    """Divide ``a|b{c|d}`` at the bars that are outside brackets."""
    options, depth = [""], 0
    for character in term:
        depth += (character in "{[") - (character in "}]")
        if character == "|" and not depth:
            options.append("")
        else:
            options[-1] += character
    return options


def _any_of(tests: list[Condition]) -> Condition:
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def _test_of(term: str) -> Condition | None:
    """Return the test of one term with a type or a value; None for a term that only wants the column."""
    key = head_of_term(term)
    rest = term[len(key) :]
    if not rest:
        return None
    if rest == "{}":
        return lambda row: isinstance(row.get(key), MAPPINGS)
    if rest == "[]":
        return lambda row: isinstance(row.get(key), (list, tuple))
    if rest == "[[]":
        return lambda row: isinstance(_first_of(row.get(key)), (list, tuple))
    if rest == ":text":
        return lambda row: isinstance(row.get(key), str)
    if rest.startswith("="):
        return lambda row: row.get(key) == rest[1:]
    inside = _any_of([_test_of_key(name) for name in rest[1:-1].split("|")])
    if rest.startswith("["):
        return lambda row: isinstance(first := _first_of(row.get(key)), MAPPINGS) and inside(first)
    return lambda row: isinstance(held := row.get(key), MAPPINGS) and inside(held)


def _first_of(value: JsonValue) -> JsonValue:
    return value[0] if isinstance(value, (list, tuple)) and value else None


def _test_of_key(term: str) -> Condition:
    """Return the test of a key of an object: it has a value (``text``), a certain one (``a=b``), a limit (``a>=1``)."""
    key, is_limit, limit = term.partition(">=")
    if is_limit:
        return lambda held: isinstance(number := held.get(key), int) and number >= int(limit)
    key, is_equal, wanted = term.partition("=")
    if not is_equal:
        return lambda held: held.get(key) is not None
    if wanted == "false":
        return lambda held: held.get(key) is False
    return lambda held: held.get(key) == wanted
