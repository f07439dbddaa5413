"""The permissions to ask the models of a suite by Amazon Bedrock: exactly these models, and the guardrail.

Sources:
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
"""

from __future__ import annotations

from collections.abc import Iterator

from rlvr import Permission
from rlvr_judge.model_ids import ARN, PROFILE
from rlvr_judge.options import BedrockOptions, JudgeOptions

INVOKE = "bedrock:InvokeModel"  # Converse has no permission of its own


def permissions_of(options: JudgeOptions) -> Iterator[Permission]:
    """Yield what a function needs to be allowed to ask the models of some options."""
    models = [each.model for each in (*options.panel, *options.larger) if not each.base_url]
    for model in dict.fromkeys(models):
        yield from _permissions_for(model, options.bedrock)
    guardrail = options.bedrock.guardrail
    if models and guardrail is not None:
        is_arn = guardrail.id.startswith("arn:")
        address = guardrail.id if is_arn else _arn(options.bedrock, f"guardrail/{guardrail.id}")
        yield Permission("bedrock:ApplyGuardrail", address)


def _permissions_for(model: str, options: BedrockOptions) -> Iterator[Permission]:
    """Yield the permission for a model; for a profile also for the models behind it, by this profile only.

    A profile sends a call to its model in another region, or in none that is named.
    """
    arn, profile = ARN.fullmatch(model), PROFILE.fullmatch(model)
    if arn is None and profile is None:
        yield Permission(INVOKE, _arn(options, f"foundation-model/{model}", account=""))
        return
    if arn is None:
        address, behind = _arn(options, f"inference-profile/{model}"), profile["model"] if profile else "*"
    else:
        address, own = model, PROFILE.fullmatch(arn["name"])
        behind = own["model"] if own else "*"
        if arn["kind"] not in {"inference-profile", "application-inference-profile"}:
            yield Permission(INVOKE, address)
            return
    yield Permission(INVOKE, address)
    partition = arn["partition"] if arn else "{partition}"
    condition = {"StringEquals": {"bedrock:InferenceProfileArn": address}}
    yield Permission(INVOKE, f"arn:{partition}:bedrock:*::foundation-model/{behind}", condition)


def _arn(options: BedrockOptions, resource: str, account: str = "{account}") -> str:
    return f"arn:{{partition}}:bedrock:{options.region or '{region}'}:{account}:{resource}"
