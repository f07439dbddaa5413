"""What is deployed: one function for one suite, and who may call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.target import Target

Platform: TypeAlias = Literal["bedrock", "sagemaker", "hyperpod"]
PLATFORMS: tuple[str, ...] = get_args(Platform)

# HyperPod refuses functions without it, one of AWS's clients in exactly this case; so every function has it.
PREFIX = "SageMaker-"
NAME_LIMIT = 64
# Room for the ending of a role's name, which has the same limit.
_ENDING = len("-sagemaker")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
HANDLER = "rlvr_handler.lambda_function.lambda_handler"


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One reward function.

    Attributes:
        name: The function's name; it begins with ``SageMaker-``.
        suite: What ``RLVR_SUITE`` holds: a file's name in the function's package, or an address.
        target: Python and architecture.
        memory_megabytes: From 128 to 10,240; 1,769 are one processor.
        timeout_seconds: How long a call may take, from 1 to 900.
        environment: Further variables.
        retention_days: How long logs are kept; one of ``RETENTIONS``.
        reserved: How many calls at once are set aside for the function, and allowed it; None for the account's pool.
        platforms: Who calls it; each has a role or a policy.
        data: Addresses of training and validation data, ``s3://…``, for the platforms' roles.
        output: The address that results are written to; "" for none.
    """

    name: str
    suite: str
    target: Target = Target()
    memory_megabytes: int = 512
    timeout_seconds: int = 60
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    retention_days: int = 30
    reserved: int | None = None
    platforms: tuple[Platform, ...] = ("bedrock", "sagemaker")
    data: tuple[str, ...] = ()
    output: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The function's environment."""
        return {"RLVR_SUITE": self.suite, **self.environment}

    @property
    def description(self) -> str:
        """What the function is, where its platform lists it."""
        return f"rlvr reward function: {self.suite}"[:256]

    @property
    def role_description(self) -> str:
        """What a role is for, where its platform lists it."""
        return f"rlvr reward function {self.name}"

    @property
    def layer_prefix(self) -> str:
        """What the names of the function's layers begin with, for whatever Python and architecture."""
        return f"{self.name}-python"

    def layer_names(self, count: int) -> tuple[str, ...]:
        """Name the function's layers, as many as its zips."""
        name = f"{self.layer_prefix}{self.target.python.replace('.', '')}-{self.target.architecture}"
        return (name,) if count == 1 else tuple(f"{name}-{number}" for number in range(1, count + 1))

    @property
    def log_group(self) -> str:
        """Where Lambda writes the function's output."""
        return f"/aws/lambda/{self.name}"

    @property
    def function_role(self) -> str:
        """The name of the role that the function runs as."""
        return f"{self.name}-function"

    def role_of(self, platform: Platform) -> str:
        """The name of the role that a platform runs its jobs as."""
        return f"{self.name}-{platform}"


def checked(deployment: Deployment) -> Deployment:
    """Refuse what AWS would refuse, or what would surprise later.

    Raises:
        DeploymentError: With the rule and the next step.
    """
    name = deployment.name
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not name.startswith(PREFIX):
        problem = f"a function's name has letters, digits, - and _, and begins with {PREFIX} (HyperPod wants that)"
        raise DeploymentError(f"the name {name!r}", problem, f"for example {name_for(Path(name))}")
    if len(name) > NAME_LIMIT - _ENDING:
        problem = f"it has {len(name)} characters, and {NAME_LIMIT - _ENDING} leave room for the names of its roles"
        raise DeploymentError(f"the name {name!r}", problem, "give a shorter one with --name")
    if deployment.retention_days not in RETENTIONS:
        allowed = ", ".join(map(str, RETENTIONS))
        raise DeploymentError("the log group", f"{deployment.retention_days} days are none of {allowed}", "choose one")
    reserved = [key for key in deployment.environment if key.startswith("AWS_") or key in {"RLVR_SUITE", "_HANDLER"}]
    if reserved:
        raise DeploymentError("the environment", f"{', '.join(reserved)} cannot be set", "leave it out")
    for address in (*deployment.data, *filter(None, [deployment.output])):
        bucket, _, _ = address.removeprefix("s3://").partition("/")
        if not address.startswith("s3://") or not bucket:
            raise DeploymentError(address, "is no address in S3", "s3://bucket/key")
    return deployment


def name_for(suite: Path) -> str:
    """Name the function of a suite after its file, or after the folder of a file that is only called suite."""
    stem = suite.stem
    if stem.lower() == "suite" and suite.resolve().parent.name:
        stem = suite.resolve().parent.name
    words = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "suite"
    return f"{PREFIX}rlvr-{words}"[: NAME_LIMIT - _ENDING]
