"""Description of a deployment: one function for one suite, its settings, and the platforms that call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never, get_args

from msgspec import Meta, Struct

from rlvr import Permission
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.target import LayerTarget

Platform: TypeAlias = Literal["bedrock", "sagemaker", "hyperpod"]
PLATFORMS: tuple[str, ...] = get_args(Platform)

RolePlatform: TypeAlias = Literal["bedrock", "sagemaker"]
"""A platform whose jobs run as a role of the deployment; HyperPod's run as the role of the cluster."""


def platform_name(platform: Platform) -> str:
    """Return the name of a platform for people."""
    match platform:
        case "bedrock":
            return "Bedrock"
        case "sagemaker":
            return "SageMaker"
        case "hyperpod":
            return "HyperPod"
        case _:
            assert_never(platform)


# HyperPod refuses functions without it, and one of AWS's clients is case-sensitive; so every function has it.
PREFIX = "SageMaker-"
NAME_LIMIT = 64
# Room for the suffix of a role's name, which has the same limit.
_ENDING = len("-sagemaker")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# The default limit for a call of a function whose scorers ask nobody.
TIMEOUT_SECONDS = 60
HANDLER = "rlvr_handler.lambda_function.lambda_handler"


class DeploymentSettings(Struct, frozen=True, kw_only=True):
    """The settings of a deployment that the user chooses; they are options of the commands that deploy."""

    panel: ClassVar[str] = "Function"

    memory_megabytes: Annotated[
        int, Meta(ge=128, le=10_240, description="Megabytes; 1769 are one processor.", extra={"flag": "--memory"})
    ] = 512
    timeout_seconds: Annotated[
        int | None,
        Meta(
            ge=1,
            le=900,
            description="The limit for a call, in seconds; by default 60, or more if the suite asks a model.",
            extra={"flag": "--timeout"},
        ),
    ] = None
    retention_days: Annotated[
        int,
        Meta(description="Days that logs are kept; one of CloudWatch's numbers.", extra={"flag": "--retention"}),
    ] = 30
    reserved: Annotated[
        int | None,
        Meta(
            ge=1,
            description="Reserved concurrency: calls at once that are set aside for the function, and its limit; by "
            "default it uses the account's pool.",
        ),
    ] = None
    platforms: Annotated[
        tuple[Platform, ...],
        Meta(
            description="A platform that calls the function; may be repeated.",
            extra={"flag": "--platform", "panel": "Platforms"},
        ),
    ] = ("bedrock", "sagemaker")
    data: Annotated[
        tuple[str, ...],
        Meta(
            description="Training or validation data, s3://…, that the platforms' roles may read; may be repeated.",
            extra={"metavar": "S3", "panel": "Platforms"},
        ),
    ] = ()
    output: Annotated[
        str,
        Meta(
            description="Where the platforms' roles may write results, s3://….",
            extra={"flag": "--output-data", "metavar": "S3", "panel": "Platforms"},
        ),
    ] = ""


class Deployment(DeploymentSettings, frozen=True, kw_only=True):
    """One reward function, with the settings that the user chose.

    Attributes:
        name: The function's name; it begins with ``SageMaker-``.
        suite: The value of ``RLVR_SUITE``: a file's name in the function's package, or an address.
        target: Python and architecture.
        environment: Further variables.
        timeout_seconds: The limit for a call.
        permissions: What the suite's scorers need to be allowed, such as a call of a model.
    """

    name: str
    suite: str
    target: LayerTarget = LayerTarget()
    environment: Mapping[str, str] = {}
    timeout_seconds: int = TIMEOUT_SECONDS
    permissions: tuple[Permission, ...] = ()

    @property
    def variables(self) -> dict[str, str]:
        """The function's environment."""
        return {"RLVR_SUITE": self.suite, **self.environment}

    @property
    def description(self) -> str:
        """The description of the function in AWS's lists."""
        return f"rlvr reward function: {self.suite}"[:256]

    @property
    def role_description(self) -> str:
        """The description of the deployment's roles in AWS's lists."""
        return f"rlvr reward function {self.name}"

    @property
    def layer_prefix(self) -> str:
        """The prefix of the names of the function's layers, for any Python and architecture."""
        return f"{self.name}-python"

    def layer_names(self, count: int) -> tuple[str, ...]:
        """Return the names of the function's layers, one per zip."""
        name = f"{self.layer_prefix}{self.target.python.replace('.', '')}-{self.target.architecture}"
        return (name,) if count == 1 else tuple(f"{name}-{number}" for number in range(1, count + 1))

    @property
    def log_group(self) -> str:
        """The log group that Lambda writes the function's output to."""
        return f"/aws/lambda/{self.name}"

    @property
    def function_role(self) -> str:
        """The name of the role that the function runs as."""
        return f"{self.name}-function"

    def role_of(self, platform: Platform) -> str:
        """The name of the role that a platform runs its jobs as."""
        return f"{self.name}-{platform}"


def check_deployment(deployment: Deployment) -> None:
    """Refuse a deployment that AWS would refuse, or that would fail later.

    Raises:
        DeploymentError: The deployment breaks a rule; the error names it and the next step.
    """
    name = deployment.name
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not name.startswith(PREFIX):
        problem = f"a function's name has letters, digits, - and _, and begins with {PREFIX} (HyperPod requires it)"
        raise DeploymentError(f"the name {name!r}", problem, f"for example {name_for(Path(name))}")
    if len(name) > NAME_LIMIT - _ENDING:
        problem = (
            f"it has {len(name)} characters, and at most {NAME_LIMIT - _ENDING} leave room for the names of its roles"
        )
        raise DeploymentError(f"the name {name!r}", problem, "give a shorter one with --name")
    if deployment.retention_days not in RETENTIONS:
        allowed = ", ".join(map(str, RETENTIONS))
        raise DeploymentError("the log group", f"{deployment.retention_days} days is none of {allowed}", "choose one")
    reserved = [key for key in deployment.environment if key.startswith("AWS_") or key in {"RLVR_SUITE", "_HANDLER"}]
    if reserved:
        raise DeploymentError("the environment", f"{', '.join(reserved)} cannot be set", "remove it")
    for address in (*deployment.data, *filter(None, [deployment.output])):
        bucket, _, _ = address.removeprefix("s3://").partition("/")
        if not address.startswith("s3://") or not bucket:
            raise DeploymentError(address, "is not an address in S3", "s3://bucket/key")


def name_for(suite: Path) -> str:
    """Return the name of a suite's function: from its file's name, or from its folder's name if the file is `suite`."""
    stem = suite.stem
    if stem.lower() == "suite" and suite.resolve().parent.name:
        stem = suite.resolve().parent.name
    words = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "suite"
    return f"{PREFIX}rlvr-{words}"[: NAME_LIMIT - _ENDING]
