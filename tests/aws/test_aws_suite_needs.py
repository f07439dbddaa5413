"""What a suite's scorers need of its function: permissions, and time for those that ask a model."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr import Permission, Suite, parse_suite, scorer
from rlvr.testing import suite_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.deploy.deployment import Deployment
from rlvr_aws.deploy.policies import Place, function_policy
from rlvr_aws.deploy.suite_needs import fitting_timeout, permissions_of, timeout_note
from rlvr_aws.layer.needs import needs_of

PLACE = Place("aws-cn", "cn-north-1", "123456789012")
PROFILE = "arn:{partition}:service:{region}:{account}:profile/p"
MODEL = Permission("service:Ask", "arn:{partition}:service:{region}::model/m")
BEHIND = Permission("service:Ask", "arn:{partition}:service:*::model/m", {"StringEquals": {"service:By": PROFILE}})


def _suite(text: str, **declared: Any) -> Suite:
    judge = scorer(costly=True, budget_seconds=40.0, **declared)(lambda _r, _o: 1.0)
    rule = scorer(bounded=True, budget_seconds=100.0)(lambda _r, _o: 1.0)
    return suite_of(text, t={"judge": judge, "rule": rule})


BOTH = "tasks: {m: {scorers: [t.judge, {scorer: t.rule, otherwise: t.judge}]}}"


def test_permissions_of_all_scorers_are_those_of_the_function() -> None:
    """Each once, also of a second scorer; with the place of the function, and a statement for each condition."""
    permissions = permissions_of(_suite(BOTH, permissions=lambda _options: [MODEL, BEHIND]))
    deployment = Deployment(name="SageMaker-x", suite="suite.yaml", permissions=permissions)
    arn = "arn:aws-cn:service:"

    assert permissions == (MODEL, BEHIND)
    assert function_policy(deployment, PLACE)["Statement"][1:] == [
        {
            "Sid": "Scorers1",
            "Effect": "Allow",
            "Action": ["service:Ask"],
            "Resource": [f"{arn}cn-north-1::model/m"],
        },
        {
            "Sid": "Scorers2",
            "Effect": "Allow",
            "Action": ["service:Ask"],
            "Resource": [f"{arn}*::model/m"],
            "Condition": {"StringEquals": {"service:By": f"{arn}cn-north-1:123456789012:profile/p"}},
        },
    ]


def test_a_scorer_that_cannot_tell_its_permissions_stops_the_deployment() -> None:
    """A function that may not ask its model would fail on every record."""

    def broken(_options: object) -> list[Permission]:
        raise ValueError("no such model")

    with pytest.raises(DeploymentError, match=r"t\.judge: .*ValueError: no such model"):
        permissions_of(_suite("tasks: {m: {scorers: [t.judge]}}", permissions=broken))


@pytest.mark.parametrize(
    ("scorers", "seconds"),
    [
        ("[t.rule]", 60),
        ("[t.judge]", 60),
        ("[{scorer: t.judge, budget_seconds: 100}, t.judge]", 115),
        ("[{scorer: t.judge, budget_seconds: 100}, {scorer: t.judge, name: b, when: t.judge}]", 155),
        ("[{scorer: t.rule, otherwise: {scorer: t.judge, budget_seconds: 200}}]", 215),
        ("[{scorer: t.judge, budget_seconds: 899}]", 900),
    ],
)
def test_the_limit_of_a_function_leaves_costly_scorers_their_budgets(scorers: str, seconds: int) -> None:
    """They run together, and after those that they wait for; rules are not counted."""
    scorers = scorers.replace(", t.judge]", ", {scorer: t.judge, name: b}]")
    suite = _suite(f"tasks: {{m: {{scorers: {scorers}}}}}")

    assert fitting_timeout(suite) == seconds
    assert not timeout_note(suite, seconds)


def test_a_limit_that_is_too_short_is_noted() -> None:
    """With the option that helps."""
    suite = _suite("tasks: {m: {scorers: [{scorer: t.judge, budget_seconds: 100}]}}")

    assert "--timeout 115" in timeout_note(suite, 60)


def test_a_layer_with_judges_has_no_botocore() -> None:
    """Lambda's runtime has it; urllib3, which the judges use for other servers, is shipped."""
    text = (
        'tasks: {m: {scorers: [{scorer: text.exact, otherwise: {scorer: judge.equivalent, options: {models: ["m"]}}}]}}'
    )
    needs = needs_of(parse_suite(text))

    assert {"rlvr-judge", "rlvr-text"} <= {need.name for need in needs.roots}
    assert "urllib3" in needs.pins
    assert not {"botocore", "boto3", "s3transfer", "jmespath"} & needs.pins.keys()
