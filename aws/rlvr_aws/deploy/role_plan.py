"""The steps for roles: each role has one inline policy; other policies that were attached to it are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.policies import POLICY_NAME, Policy


def role_steps(aws: Aws, name: str, trust: Policy, policy: Policy, description: str) -> list[Step]:
    """Return the steps that create or update a role.

    Args:
        aws: The account.
        name: The role's name.
        trust: The policy that says who may assume it.
        policy: The policy that says what it allows.
        description: Its description in AWS's lists.

    Raises:
        AwsError: A call to AWS failed.
    """
    have = aws.find("iam", "get_role", RoleName=name)

    def put() -> None:
        document = json.dumps(policy)
        aws.call("iam", "put_role_policy", RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=document)

    def create() -> None:
        document = json.dumps(trust)
        aws.call(
            "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=document, Description=description[:1_000]
        )
        put()

    def put_trust() -> None:
        aws.call("iam", "update_assume_role_policy", RoleName=name, PolicyDocument=json.dumps(trust))

    if have is None:
        actions = sorted({action for each in policy["Statement"] for action in each["Action"]})
        return [Step(kind="role", name=name, action="create", changes=(f"may {', '.join(actions)}",), apply=create)]
    found = aws.find("iam", "get_role_policy", RoleName=name, PolicyName=POLICY_NAME)
    return [
        _policy_step("role", name, have["Role"]["AssumeRolePolicyDocument"], trust, put_trust),
        _policy_step(
            "policy", f"{name}/{POLICY_NAME}", None if found is None else found["PolicyDocument"], policy, put
        ),
    ]


def _policy_step(kind: str, name: str, have: Any, want: Policy, apply: Callable[[], None]) -> Step:
    if have is None:
        return Step(kind=kind, name=name, action="create", changes=("is missing",), apply=apply)
    if _canonical(_document(have)) == _canonical(want):
        return Step(kind=kind, name=name, action="keep")
    return Step(kind=kind, name=name, action="update", changes=("differs",), apply=apply)


def _canonical(value: Any) -> Any:
    """Return a policy with sorted lists, so that equal policies compare equal."""
    if isinstance(value, Mapping):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((_canonical(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _document(value: Any) -> Any:
    """Return a policy that IAM returned: an object, or its text, which may be URL-encoded."""
    return json.loads(unquote(value)) if isinstance(value, str) else value
