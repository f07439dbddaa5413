"""ARNs of Lambda functions, and the rules that each platform has for them."""

from __future__ import annotations

import re

import msgspec

from rlvr_aws.account.errors import DeploymentError

# Wider than the rule of any single platform; a platform's own rule is checked afterwards and named in the error.
_ARN = re.compile(
    r"arn:(?P<partition>aws[a-zA-Z-]*):lambda:(?P<region>[a-z0-9-]{1,40}):(?P<account>[0-9]{12}):function:"
    r"(?P<name>[a-zA-Z0-9_.-]{1,170})(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)
_LONGEST = 512
_WANTED = "arn:aws:lambda:REGION:ACCOUNT:function:NAME"


class FunctionArn(msgspec.Struct, frozen=True, kw_only=True):
    """The ARN of a Lambda function, in its parts.

    Attributes:
        partition: Such as ``aws``.
        region: Such as ``us-east-1``.
        account: Twelve digits.
        name: The function's name.
        qualifier: A version, an alias or ``$LATEST``; "" for none.
    """

    partition: str
    region: str
    account: str
    name: str
    qualifier: str = ""

    @property
    def unqualified(self) -> str:
        """The ARN without version or alias."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def arn(self) -> str:
        """The ARN, with its version or alias if it has one."""
        return f"{self.unqualified}:{self.qualifier}" if self.qualifier else self.unqualified


def function_of(arn: str) -> FunctionArn:
    """Return the parts of a function's ARN, with or without a version or an alias.

    Raises:
        DeploymentError: The text is not the ARN of a Lambda function.
    """
    found = _ARN.fullmatch(arn) if len(arn) <= _LONGEST else None
    if found is None:
        raise DeploymentError(
            repr(arn[:_LONGEST]),
            f"is not the ARN of a Lambda function, which has the form {_WANTED}",
            "`rlvr aws deploy` prints the ARN that each platform accepts",
        )
    return FunctionArn(**{key: value or "" for key, value in found.groupdict().items()})


def plain_function_of(arn: str, platform: str) -> FunctionArn:
    """Return the parts of a function's ARN for a platform that accepts neither a version nor an alias.

    Args:
        arn: The ARN.
        platform: The name of the platform, for the message.

    Raises:
        DeploymentError: The text is not an ARN, the ARN has a version or an alias, or the function's name has a dot.

    Source:
        https://github.com/aws/sagemaker-python-sdk (rlvr_reward_verifier.py: an ARN that does not fit its pattern,
        which allows neither qualifier nor dot, is treated as the path of a local file)
    """
    function = function_of(arn)
    if function.qualifier:
        raise DeploymentError(
            arn,
            f"ends in :{function.qualifier}, but {platform} accepts no version and no alias; only Bedrock's Nova jobs "
            "do",
            f"give {function.unqualified}, which calls $LATEST",
        )
    if "." in function.name:
        raise DeploymentError(
            arn,
            f"{platform} accepts no dot in the function's name",
            "deploy the function under a name of letters, digits, - and _",
        )
    return function


def hyperpod_function_of(arn: str) -> FunctionArn:
    """Return the parts of a function's ARN for HyperPod, which requires ``SageMaker`` in the function's name.

    Raises:
        DeploymentError: The ARN breaks a rule.

    Source:
        https://docs.aws.amazon.com/sagemaker/latest/dg/nova-hp-evaluate-rft.html (the name), and
        https://docs.amazonaws.cn/en_us/sagemaker/latest/dg/nova-hp-rft-reward-functions.html (the sample policy allows
        ``function:*SageMaker*``, and IAM is case-sensitive)
    """
    function = plain_function_of(arn, "HyperPod")
    if "SageMaker" not in function.name:
        raise DeploymentError(
            arn,
            "HyperPod calls only functions with SageMaker in the name, with these capital letters",
            f"deploy it as SageMaker-{function.name}; `rlvr aws deploy` does so by default",
        )
    return function
