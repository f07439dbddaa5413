"""The wires of judges: requests against a model of Converse and a contract of chat completions; every ending."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from typing import Any

import msgspec
import pytest

from rlvr.stub_judge import StubJudge, StubReply
from rlvr.testing import a_record, scored, stub_judge
from rlvr_judge import voting
from rlvr_judge.backends import bedrock, openai_compatible
from rlvr_judge.backends.call import Call, Rung
from rlvr_judge.options import BedrockOptions, GuardrailOptions, ModelOptions
from rlvr_judge.rubric import Criterion, RubricOptions, rubric
from rlvr_judge.troubles import Cause, NoVerdictError

botocore_session = pytest.importorskip("botocore.session")
botocore_validate = pytest.importorskip("botocore.validate")

CRITERIA = (Criterion(id="steps", text="names three steps", points=3), Criterion(id="rude", text="is rude", points=-2))
VERDICT = {name: {"reason": "so", "verdict": "no"} for name in ("steps", "rude")}
CALL = Call(model="m", system="Judge.", user="| x", schema={"type": "object"}, max_tokens=512, temperature=0.0)
ALL_OPTIONS = BedrockOptions(
    cache_prompt=True,
    service_tier="flex",
    request_metadata={"run": "a", "step": "7"},
    guardrail=GuardrailOptions(id="gr-1", version="2"),
)


def _converse() -> Any:
    session = botocore_session.get_session()
    return session.get_service_model("bedrock-runtime").operation_model("Converse")


@pytest.mark.each("options", [BedrockOptions(), ALL_OPTIONS])
@pytest.mark.each("rung", list(Rung))
@pytest.mark.each(("temperature", "effort"), [(0.0, None), (None, "low")])
def test_requests_of_converse_fit_the_model_of_botocore(
    options: BedrockOptions, rung: Rung, temperature: float | None, effort: str | None
) -> None:
    """Every form of a request, with every option."""
    call = Call(
        model="us.example.model-v1:0",
        system="Judge.",
        user="| x",
        schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        rung=rung,
        max_tokens=512,
        temperature=temperature,
        effort=effort,
        fields={"top_k": 1},
    )
    request = bedrock.request_of(call, options)
    report = botocore_validate.ParamValidator().validate(request, _converse().input_shape)

    assert report.generate_report() == ""
    tier = _converse().input_shape.members["serviceTier"].members["type"]
    assert request.get("serviceTier", {"type": "flex"})["type"] in tier.enum
    assert ("temperature" in request["inferenceConfig"]) == (temperature is not None)
    assert request.get("outputConfig", {}).get("effort") == effort
    assert request["additionalModelRequestFields"] == {"top_k": 1}


def test_a_wrong_request_would_not_fit() -> None:
    """The test above can fail."""
    request = bedrock.request_of(CALL, BedrockOptions())
    request["inferenceConfig"]["maxTokens"] = "512"

    assert botocore_validate.ParamValidator().validate(request, _converse().input_shape).has_errors()


ENDINGS: dict[str, Cause | None] = {
    "end_turn": None,
    "tool_use": None,
    "stop_sequence": None,
    "max_tokens": Cause.TRUNCATED,
    "guardrail_intervened": Cause.BLOCKED,
    "content_filtered": Cause.BLOCKED,
    "malformed_model_output": Cause.UNPARSEABLE,
    "malformed_tool_use": Cause.UNPARSEABLE,
    "model_context_window_exceeded": Cause.OVERFLOW,
}


def _response(reason: str, text: str = "{}") -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": reason,
        "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12, "cacheReadInputTokens": 4},
        "metrics": {"latencyMs": 1},
    }


def test_every_ending_that_botocore_knows_is_read() -> None:
    """One of a later version is no verdict either."""
    members = _converse().output_shape.members
    assert set(members["stopReason"].enum) == ENDINGS.keys()
    for reason, cause in {**ENDINGS, "of_a_later_version": Cause.UNPARSEABLE}.items():
        if cause is None:
            reply = bedrock.reply_from(_response(reason))
            assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached) == (13, 3, 4)
            continue
        with pytest.raises(NoVerdictError) as caught:
            bedrock.reply_from(_response(reason))
        assert caught.value.cause is cause


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(voting, "wait_before", lambda *_: 0.0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def _ask(stub: StubJudge, aws: pytest.MonkeyPatch, **options: Any) -> Any:
    aws.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", stub.address)
    given: dict[str, Any] = {
        "models": ("m",),
        "criteria": CRITERIA,
        "attempts": 1,
        "bedrock": BedrockOptions(),
        **options,
    }
    # A client keeps its address, so each stub is asked by a suite of its own.
    metadata = {**given["bedrock"].request_metadata, "stub": stub.address[7:]}
    given["bedrock"] = msgspec.structs.replace(given["bedrock"], request_metadata=metadata)
    return scored(rubric, a_record("Wash it."), RubricOptions(**given))


@pytest.mark.parametrize("reason", ENDINGS)
def test_every_ending_leads_to_its_verdict(reason: str, aws: pytest.MonkeyPatch) -> None:
    """From the wire to the score."""
    with stub_judge(StubReply(body=json.dumps(_response(reason, json.dumps(VERDICT))).encode())) as stub:
        found = _ask(stub, aws)
    cause = ENDINGS[reason]

    if cause is None:
        assert (found.value, found.reason) == (0.0, "0 of 3 points; steps: no; rude: no")
    else:
        assert found.reason.startswith(f"{cause}: ")
        assert found.value == (0.0 if cause.is_of_completion else None)
        assert found.reason_class == cause


@pytest.mark.parametrize(
    "model",
    [
        "openai.gpt-oss-120b-1:0",
        "us.example.model-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    ],
)
def test_models_profiles_and_arns_are_asked_by_their_name(model: str, aws: pytest.MonkeyPatch) -> None:
    """With a signature, and all options."""
    with stub_judge(VERDICT) as stub:
        assert _ask(stub, aws, models=(model, ModelOptions(id=model)), bedrock=ALL_OPTIONS).value == 0.0

    assert [each.model for each in stub.requests] == [model] * 2
    assert stub.requests[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert stub.requests[0].body["requestMetadata"].items() >= {"run": "a", "step": "7"}.items()
    assert stub.requests[0].body["system"][-1] == {"cachePoint": {"type": "default"}}


def test_a_key_of_bedrock_is_sent_as_a_bearer_token(aws: pytest.MonkeyPatch) -> None:
    """Botocore sends it over TLS only, so the request is looked at before it is sent."""
    from botocore.awsrequest import AWSResponse

    aws.setenv("AWS_BEARER_TOKEN_BEDROCK", "key-1")
    sent = []

    def answer(request: Any, **_: object) -> AWSResponse:
        sent.append(request.headers["Authorization"].decode())
        raw = BytesIO(json.dumps(_response("end_turn")).encode())
        raw.stream = lambda: [raw.read()]  # type: ignore[attr-defined]  # as urllib3's response has it
        return AWSResponse(request.url, 200, {"Content-Type": "application/json"}, raw)

    backend = bedrock.Bedrock(RubricOptions(models=("m",), criteria=CRITERIA))
    backend._client.meta.events.register("before-send.bedrock-runtime.Converse", answer)
    assert backend.send(CALL, 1.0).text == "{}"
    assert sent == ["Bearer key-1"]


def test_the_region_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of AWS_REGION, which botocore does not read."""
    options = RubricOptions(models=("m",), criteria=CRITERIA)
    monkeypatch.setenv("AWS_CONFIG_FILE", "absent")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(NoVerdictError, match="set AWS_REGION"):
        bedrock.Bedrock(options)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert bedrock.Bedrock(options)._client.meta.region_name == "eu-west-1"


def test_wrong_credentials_and_addresses_are_told_apart(aws: pytest.MonkeyPatch) -> None:
    """The first are rejected, and not tried again; a server that is not there is unreachable."""
    aws.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    options = RubricOptions(models=("m",), criteria=CRITERIA, attempts=1, bedrock=BedrockOptions(region="us-west-2"))
    assert scored(rubric, a_record("Wash it."), options).reason.startswith("unreachable: EndpointConnectionError")
    aws.delenv("AWS_ACCESS_KEY_ID")
    aws.setenv("AWS_EC2_METADATA_DISABLED", "true")
    aws.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    aws.setenv("AWS_CONFIG_FILE", "/dev/null")
    bedrock._session_of.cache_clear()
    options = msgspec.structs.replace(options, attempts=2)
    assert scored(rubric, a_record("Wash it."), options).reason.startswith("rejected: NoCredentialsError")
    bedrock._session_of.cache_clear()


# The fields of a request of chat completions, as vLLM, llama.cpp and LiteLLM document them: their types, and of which
# objects. Source: the OpenAPI description of OpenAI, `CreateChatCompletionRequest`.
CONTRACT: dict[str, Any] = {
    "model": str,
    "messages": [{"role": str, "content": str}],
    "max_tokens": int,
    "max_completion_tokens": int,
    "temperature": float,
    "reasoning_effort": str,
    "response_format": {"type": str, "json_schema": {"name": str, "strict": bool, "schema": dict}},
    "tools": [{"type": str, "function": {"name": str, "description": str, "parameters": dict}}],
    "tool_choice": {"type": str, "function": {"name": str}},
}
REQUIRED = {"model", "messages"}


def _misfits(value: Any, contract: Any, path: str = "body") -> list[str]:
    if isinstance(contract, dict):
        unknown = [f"{path}.{name} is unknown" for name in value.keys() - contract.keys()]
        return unknown + [each for name in value.keys() & contract.keys() for each in _misfits(
            value[name], contract[name], f"{path}.{name}"
        )]  # fmt: skip
    if isinstance(contract, list):
        return [each for item in value for each in _misfits(item, contract[0], f"{path}[]")]
    return [] if type(value) is contract else [f"{path} is {type(value).__name__}"]


@pytest.mark.each("rung", list(Rung))
@pytest.mark.each("limit", ["max_tokens", "max_completion_tokens"])
@pytest.mark.each(("temperature", "effort"), [(0.0, None), (None, "low")])
def test_requests_of_chat_completions_fit_the_contract(
    rung: Rung, limit: str, temperature: float | None, effort: str | None
) -> None:
    """Every form of a request; one limit of tokens, never both names."""
    renames = limit == "max_completion_tokens"
    call = msgspec.structs.replace(CALL, rung=rung, renames_limit=renames, temperature=temperature, effort=effort)
    body = openai_compatible.body_of(call)

    assert body.keys() >= REQUIRED
    assert body.get("reasoning_effort") == effort
    assert _misfits(body, CONTRACT) == []
    assert [name for name in body if "tokens" in name] == [limit]
    assert _misfits({**body, "seed": 1}, CONTRACT) == ["body.seed is unknown"]


def test_further_fields_replace_no_others() -> None:
    """A suite cannot send another text than what its options say."""
    body = openai_compatible.body_of(
        msgspec.structs.replace(CALL, fields={"chat_template_kwargs": {"enable_thinking": False}, "messages": []})
    )

    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert len(body["messages"]) == 2


# Replies as servers send them, recorded: what differs is left out or null.
RECORDED: list[tuple[str, Cause | None]] = [
    (
        (
            '{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":'
            '"assistant","content":"{}","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":'
            '{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4,'
            '"audio_tokens":0}},"service_tier":"default","system_fingerprint":null}'
        ),
        None,
    ),
    (
        (
            '{"id":"chat-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":'
            '"assistant","reasoning_content":"see","content":"{}","tool_calls":[]},"logprobs":null,"finish_reason":'
            '"stop","stop_reason":null}],"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3,'
            '"prompt_tokens_details":{"cached_tokens":4}},"prompt_logprobs":null}'
        ),
        None,
    ),
    (
        (
            '{"choices":[{"finish_reason":"tool_calls","index":0,"message":{"content":null,"role":"assistant","tool_calls":'
            '[{"function":{"arguments":"{}","name":"verdict"},"id":"1","type":"function"}]}}],"model":"m","usage":'
            '{"completion_tokens":3,"prompt_tokens":9,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}}'
        ),
        None,
    ),
    ('{"choices":[{"message":{"content":"{"},"finish_reason":"length"}]}', Cause.TRUNCATED),
    ('{"choices":[{"message":{"content":null,"refusal":"I cannot."},"finish_reason":"stop"}]}', Cause.REFUSED),
    ('{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}', Cause.BLOCKED),
    ('{"choices":[{"message":{"content":"{}"},"finish_reason":null}]}', Cause.UNPARSEABLE),
]


@pytest.mark.parametrize(("body", "cause"), RECORDED)
def test_recorded_replies_are_read(body: str, cause: Cause | None) -> None:
    """With the fields that only some servers send."""
    if cause is None:
        reply = openai_compatible.reply_from(json.loads(body))
        assert (reply.text, reply.tokens_in, reply.tokens_out, reply.tokens_cached) == ("{}", 9, 3, 4)
        return
    with pytest.raises(NoVerdictError) as caught:
        openai_compatible.reply_from(json.loads(body))
    assert caught.value.cause is cause


@pytest.mark.parametrize(
    "body",
    [
        *('{"choices":[]}', "{}", "[]", "null", '{"choices":[{}]}', '{"choices":[{"message":null}]}', "<html>", ""),
        '{"choices":[{"message":{"content":"{}"}},{"message":{"content":"{}"}}]}',
        '{"choices":[{"finish_reason":"stop","message":{"tool_calls":[{"function":{"name":"other","arguments":""}}]}}]}',
    ],
)
def test_bodies_that_are_no_chat_completion_are_no_verdict(body: str, aws: pytest.MonkeyPatch) -> None:
    """None raises out of the scorer."""
    with stub_judge(StubReply(body=body.encode())) as stub:
        found = _ask(stub, aws, base_url=stub.base_url)

    assert found.reason.startswith("unparseable: ")
    assert found.value is None


def test_neither_plugin_nor_scorers_import_a_client() -> None:
    """botocore, urllib3 and asyncio's threads come with the first call; a suite without a judge pays for none."""
    code = (
        "import sys, rlvr_judge.plugin, rlvr_judge.rubric, rlvr_judge.guard, rlvr_judge.compare\n"
        "print([name for name in ('botocore', 'boto3', 'urllib3', 'http.client', 'ssl', 'requests') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_plugin_imports_no_scorer() -> None:
    """Only its hook; a scorer is imported when a task names it."""
    code = "import sys, rlvr_judge.plugin\nprint(sorted(name for name in sys.modules if name.startswith('rlvr_judge')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['rlvr_judge', 'rlvr_judge.plugin']"
