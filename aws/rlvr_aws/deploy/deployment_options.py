"""What the commands that deploy share: the options of a deployment, and the checked deployment that they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, cast, get_args

import msgspec
import typer

from rlvr.cli.console import harmless
from rlvr_aws.layer.layer_command import chosen_target

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.account.session import Aws
    from rlvr_aws.deploy.deployment import Deployment, Platform

SuiteArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="The suite: a file, which becomes part of the function, or s3://bucket/key, ssm:/name or "
        "appconfig:application/environment/profile, which the function reads when it starts.",
        show_default=False,
    ),
]
NameOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--name",
        help="The function's name, which begins with SageMaker-; made of the suite's name by default.",
        show_default=False,
    ),
]
MemoryOption: TypeAlias = Annotated[
    int, typer.Option("--memory", min=128, max=10_240, help="Megabytes; 1769 are one processor.")
]
TimeoutOption: TypeAlias = Annotated[
    int, typer.Option("--timeout", min=1, max=900, help="How many seconds a call may take.")
]
EnvelopeOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--envelope",
        help="What is put around the results: list for Nova, http-string or http-list for open models that SageMaker's "
        "SDK verifies.",
    ),
]
EnvOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="NAME=VALUE",
        help="A further environment variable, such as RLVR_LOG=batch; may be repeated. No place for secrets.",
        show_default=False,
    ),
]
RetentionOption: TypeAlias = Annotated[
    int, typer.Option("--retention", help="How many days logs are kept; one of CloudWatch's numbers.")
]
ReservedOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--reserved",
        min=1,
        help="Calls at once that are set aside for the function, and allowed it; the account's pool by default.",
        show_default=False,
    ),
]
PlatformOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--platform",
        help="Who calls the function: bedrock, sagemaker or hyperpod; may be repeated. bedrock and sagemaker by "
        "default.",
        show_default=False,
    ),
]
DataOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="S3",
        help="Where training or validation data is, s3://…, for the platforms' roles; may be repeated.",
        show_default=False,
    ),
]
OutputDataOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--output-data",
        metavar="S3",
        help="Where jobs write results, s3://…, for the platforms' roles.",
        show_default=False,
    ),
]
IncludeOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--include",
        help="A further file for the function, such as a schema that the suite reads; may be repeated.",
        show_default=False,
    ),
]

# Lambda's rules. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_ENVIRONMENT_LIMIT_BYTES = 4_096
# A file's name that RLVR_SUITE cannot be taken to be the text of a suite, and that every system unpacks.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")


def deployment_from(
    suite: str,
    *,
    aws: Aws | None = None,
    name: str | None = None,
    python: str = "3.13",
    architecture: str = "x86_64",
    memory: int = 512,
    timeout: int = 60,
    envelope: str = "list",
    env: Sequence[str] | None = None,
    retention: int = 30,
    reserved: int | None = None,
    platform: Sequence[str] | None = None,
    data: Sequence[str] | None = None,
    output_data: str = "",
) -> tuple[Suite, Deployment]:
    """Load the suite that is to be deployed, and make the checked deployment of the options.

    Args:
        suite: A file, or an address that AWS is asked for.
        aws: The account that is asked for it; the environment's by default.
        name: The function's name; None for one made of the suite's.
        python: Lambda's Python.
        architecture: Lambda's architecture.
        memory: In megabytes.
        timeout: In seconds.
        envelope: What is put around the results.
        env: Further variables, ``NAME=VALUE``.
        retention: How long logs are kept, in days.
        reserved: How many calls at once are set aside.
        platform: Who calls the function; None or none for the deployment's default.
        data: Addresses of data.
        output_data: The address for results.

    Raises:
        typer.BadParameter: An option is none of the words that it may be.
        RlvrError: The suite is missing or wrong, or AWS would refuse the deployment.
    """
    from rlvr import load_suite
    from rlvr_aws.account.session import Aws
    from rlvr_aws.deploy.deployment import Deployment, checked, name_for
    from rlvr_handler.suite_source import is_address

    _check_text(suite, *(env or ()), *(data or ()), output_data)
    kept_in_aws = is_address(suite)
    deployment = Deployment(
        name=name or name_for(_as_path(suite) if kept_in_aws else Path(suite)),
        suite=suite if kept_in_aws else _file_name(suite),
        target=chosen_target(python, architecture),
        memory_megabytes=memory,
        timeout_seconds=timeout,
        environment=_environment(env or (), envelope),
        retention_days=retention,
        reserved=reserved,
        data=tuple(data or ()),
        output=output_data,
    )
    if platform:
        deployment = msgspec.structs.replace(deployment, platforms=_platforms(platform))
    checked(deployment)
    _check_room(deployment)
    return (_suite_in_aws(suite, aws or Aws()) if kept_in_aws else load_suite(suite)), deployment


def _suite_in_aws(address: str, aws: Aws) -> Suite:
    """Load a suite by the credentials of this machine; errors tell of these, and not of the function's role."""
    from rlvr_handler.suite_source import document_at, permissions_for, suite_of

    with aws.told(" and ".join(permissions_for(address))):
        document = document_at(address, aws.client)
    return suite_of(document, address)


def included_files(paths: Sequence[Path]) -> dict[str, bytes]:
    """Read further files for the function's package, under the paths that they were named by.

    Raises:
        DeploymentError: A path leads out of this folder, or cannot be read.
    """
    from rlvr_aws.account.errors import DeploymentError

    for path in paths:
        if path.is_absolute() or ".." in path.parts:
            hint = "run the command in a folder above it, and name it from there"
            raise DeploymentError(str(path), "must be named from this folder, as the suite names it", hint)
    try:
        return {path.as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise DeploymentError(str(error.filename), f"cannot be read: {error.strerror}", "check --include") from error


def _platforms(words: Sequence[str]) -> tuple[Platform, ...]:
    """Read the platforms; each once, in the order of all."""
    from rlvr_aws.deploy.deployment import PLATFORMS

    wrong = [word for word in words if word not in PLATFORMS]
    if wrong:
        raise typer.BadParameter(f"{wrong[0]!r} is none of {', '.join(PLATFORMS)}", param_hint="--platform")
    return tuple(cast("Platform", word) for word in PLATFORMS if word in words)


def _environment(pairs: Sequence[str], envelope: str) -> dict[str, str]:
    """Read the variables, the envelope among them, and refuse what the function would refuse when it starts."""
    from rlvr_handler.settings import Envelope, settings_from

    if envelope not in get_args(Envelope):
        words = ", ".join(get_args(Envelope))
        raise typer.BadParameter(f"{envelope!r} is none of {words}", param_hint="--envelope")
    variables = {} if envelope == "list" else {"RLVR_ENVELOPE": envelope}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not _VARIABLE.fullmatch(name):
            problem = f"{name!r} is no NAME=VALUE; a name has letters, digits and _, and begins with a letter"
            raise typer.BadParameter(problem, param_hint="--env")
        if name in variables:
            raise typer.BadParameter(f"{name} is given twice", param_hint="--env")
        variables[name] = value
    settings_from(variables)
    return variables


def _check_text(*given: str) -> None:
    """Refuse what no text file and no request can hold, such as bytes of another encoding."""
    for each in given:
        try:
            each.encode()
        except UnicodeEncodeError:
            raise typer.BadParameter(f"{harmless(each)!r} is not UTF-8") from None


def _check_room(deployment: Deployment) -> None:
    from rlvr_aws.account.errors import DeploymentError

    size = sum(len(f"{name}{value}".encode()) for name, value in deployment.variables.items())
    if size > _ENVIRONMENT_LIMIT_BYTES:
        problem = f"it has {size} bytes, and Lambda takes {_ENVIRONMENT_LIMIT_BYTES}"
        raise DeploymentError("the environment", problem, "leave variables out, or shorten them")


def _file_name(path: str) -> str:
    """Return a suite file's name, by which the function finds it in its package."""
    from rlvr_aws.account.errors import DeploymentError

    name = Path(path).name
    if not _FILE_NAME.fullmatch(name):
        problem = (
            "its name must be letters, digits, - _ . or spaces, 100 at most, to be found in the function's package"
        )
        raise DeploymentError(f"the suite {path!r}", problem, "rename the file")
    return name


def _as_path(address: str) -> Path:
    """Return an address as the path of a file, without a parameter's version, so that both are named alike."""
    return Path("/", address.partition(":")[2].partition(":")[0].lstrip("/"))
