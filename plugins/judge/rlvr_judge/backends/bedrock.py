"""Calls of Amazon Bedrock's Converse by botocore, which the Lambda runtime has."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any, assert_never

import msgspec

from rlvr_judge.backends.call import TOOL_DESCRIPTION, TOOL_NAME, Call, Reply, Rung, count
from rlvr_judge.model_ids import model_behind
from rlvr_judge.options import BedrockOptions, JudgeOptions
from rlvr_judge.tokens import Tokens
from rlvr_judge.troubles import Cause, NoVerdictError, cause_of_status

CONNECT_SECONDS = 5.0


class Bedrock:
    """The backend of one region."""

    def __init__(self, options: JudgeOptions) -> None:
        from botocore.config import Config  # 0.4 s of CPU that only a process which asks Bedrock needs
        from botocore.exceptions import NoRegionError

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=options.attempt_seconds,
            max_pool_connections=options.concurrency,
            retries={"total_max_attempts": 1},  # retries are ours: they know the record's deadline
        )
        self._options = options.bedrock
        # botocore itself reads AWS_DEFAULT_REGION only, the AWS command line AWS_REGION before it.
        region = options.bedrock.region or os.environ.get("AWS_REGION") or None
        try:
            self._client = _session_of(os.getpid()).create_client("bedrock-runtime", region_name=region, config=config)
        except NoRegionError:
            problem = "no region is chosen; set AWS_REGION, or the option `bedrock: {region: ...}`"
            raise NoVerdictError(Cause.REJECTED, problem) from None
        except Exception as error:  # noqa: BLE001  # botocore's errors of configuration have no common base with ValueError
            raise NoVerdictError(Cause.REJECTED, f"no client of Bedrock: {error}") from None
        shape = self._client.meta.service_model.operation_model("Converse").input_shape
        self._knows_schemas = "outputConfig" in shape.members

    def send(self, call: Call, seconds: float) -> Reply:
        """See :class:`Backend`; the time limit of a request is that of the client, ``attempt_seconds``."""
        from botocore import exceptions

        del seconds
        if call.rung is Rung.SCHEMA and not self._knows_schemas:
            raise NoVerdictError(Cause.REJECTED, "the installed botocore does not know outputConfig")
        try:
            return reply_from(self._client.converse(**request_of(call, self._options)))
        except exceptions.ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise NoVerdictError(cause_of_status(status, str(error)), str(error)) from None
        except (
            exceptions.HTTPClientError,
            exceptions.ConnectionError,
            exceptions.IncompleteReadError,
            OSError,
        ) as error:
            raise NoVerdictError(Cause.UNREACHABLE, f"{type(error).__name__}: {error}") from None
        except exceptions.BotoCoreError as error:  # parameters, credentials, configuration
            raise NoVerdictError(Cause.REJECTED, f"{type(error).__name__}: {error}") from None
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise NoVerdictError(Cause.UNPARSEABLE, f"no reply of Converse: {type(error).__name__}: {error}") from None

    def count_tokens(self, call: Call) -> int:
        """Return the tokens of a request by CountTokens.

        Raises:
            NoVerdictError: Bedrock does not count them for this model, or cannot be reached.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        request = request_of(call, self._options)
        counted = {name: request[name] for name in ("system", "messages", "toolConfig") if name in request}
        try:
            model = model_behind(call.model)  # it takes no inference profiles
            return count(self._client.count_tokens(modelId=model, input={"converse": counted})["inputTokens"])
        except (BotoCoreError, ClientError, OSError, LookupError, TypeError) as error:
            raise NoVerdictError(Cause.REJECTED, f"CountTokens: {type(error).__name__}: {error}") from None


@lru_cache(maxsize=1)
def _session_of(process: int) -> Any:
    """Return the session of this process: it reads the models of the service once for all entries of a suite."""
    from botocore.session import get_session

    del process
    return get_session()


def request_of(call: Call, options: BedrockOptions) -> dict[str, Any]:
    """Return the parameters of Converse."""
    system: list[dict[str, Any]] = [{"text": call.system}]
    if options.cache_prompt:
        system.append({"cachePoint": {"type": "default"}})
    request: dict[str, Any] = {
        "modelId": call.model,
        "system": system,
        "messages": [{"role": "user", "content": [{"text": call.user}]}],
        "inferenceConfig": {"maxTokens": call.max_tokens},
    }
    if call.temperature is not None:
        request["inferenceConfig"]["temperature"] = call.temperature
    if options.service_tier is not None:
        request["serviceTier"] = {"type": options.service_tier}
    if options.request_metadata:
        request["requestMetadata"] = dict(options.request_metadata)
    if options.guardrail is not None:
        request["guardrailConfig"] = {
            "guardrailIdentifier": options.guardrail.id,
            "guardrailVersion": options.guardrail.version,
        }
    request |= _structure_of(call)
    if call.fields:
        request["additionalModelRequestFields"] = dict(call.fields)
    if call.effort is not None:
        request.setdefault("outputConfig", {})["effort"] = call.effort
    return request


def _structure_of(call: Call) -> dict[str, Any]:
    """Return the parameters that ask for a structured reply."""
    match call.rung:
        case Rung.SCHEMA:
            schema = {"name": TOOL_NAME, "schema": json.dumps(call.schema)}
            return {"outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}}
        case Rung.TOOL:
            tool = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "inputSchema": {"json": call.schema}}
            return {"toolConfig": {"tools": [{"toolSpec": tool}], "toolChoice": {"tool": {"name": TOOL_NAME}}}}
        case Rung.TEXT:
            return {}
        case _:
            assert_never(call.rung)


def reply_from(response: dict[str, Any]) -> Reply:
    """Read a response of Converse.

    Raises:
        NoVerdictError: The model did not finish, or was blocked.
        LookupError, TypeError, AttributeError: The response is none of Converse.
    """
    usage = response.get("usage") or {}
    cached, written = count(usage.get("cacheReadInputTokens")), count(usage.get("cacheWriteInputTokens"))
    used = Tokens(
        tokens_in=count(usage.get("inputTokens")) + cached + written,
        tokens_out=count(usage.get("outputTokens")),
        tokens_cached=cached,
        tokens_written=written,
    )
    try:
        return Reply(**msgspec.structs.asdict(used), text=_text_of(response))
    except NoVerdictError as error:
        raise error.with_tokens(used) from None


def _text_of(response: dict[str, Any]) -> str:
    match response["stopReason"]:
        case "end_turn" | "tool_use" | "stop_sequence":
            pass
        case "max_tokens":
            raise NoVerdictError(Cause.TRUNCATED, "the reply was cut at maxTokens")
        case "guardrail_intervened" | "content_filtered" as reason:
            raise NoVerdictError(Cause.BLOCKED, f"the request or the reply was blocked: {reason}")
        case "model_context_window_exceeded":
            raise NoVerdictError(Cause.OVERFLOW, "the request is longer than the model's context")
        case other:  # malformed_model_output, malformed_tool_use, and whatever a later model of the service adds
            raise NoVerdictError(Cause.UNPARSEABLE, f"the reply ended by {other!r}")
    content: list[dict[str, Any]] = response["output"]["message"]["content"]
    calls = [part["toolUse"] for part in content if "toolUse" in part]
    if not calls:
        return "".join(part["text"] for part in content if "text" in part)
    if len(calls) != 1 or calls[0]["name"] != TOOL_NAME:
        raise NoVerdictError(Cause.UNPARSEABLE, f"the model made {len(calls)} calls; expected one of {TOOL_NAME!r}")
    return json.dumps(calls[0]["input"])
