"""The options that `deploy` and `template` share, and the checked deployment that is made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, assert_never, get_args

import msgspec
import typer
from msgspec import Meta

from rlvr.cli.console import harmless
from rlvr_aws.deploy.deployment import PLATFORMS, Deployment, DeploymentSettings, check_deployment, name_for
from rlvr_aws.layer.target import LayerTarget
from rlvr_handler.settings import Envelope, Settings, settings_from
from rlvr_handler.suite_source import document_at, is_address, permissions_for, suite_of

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.account.session import Aws

SuiteArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="The suite: a file, which becomes part of the function, or s3://bucket/key, ssm:/name or "
        "appconfig:application/environment/profile, which the function reads when it starts.",
        show_default=False,
    ),
]


def purpose_of(envelope: Envelope) -> str:
    """Return what an envelope is for, for the help page."""
    match envelope:
        case "list":
            return "list for Nova"
        case "http-string":
            return "http-string for open models that SageMaker's SDK verifies"
        case "http-list":
            return "http-list for the same models, with the list itself as body"
        case _:
            assert_never(envelope)


_ENVELOPES = ", ".join(purpose_of(envelope) for envelope in get_args(Envelope))


class DeploymentOptions(DeploymentSettings, frozen=True, kw_only=True):
    """The options of `deploy` and `template`: the settings of a deployment, its name, variables and files."""

    name: Annotated[
        str | None,
        Meta(
            description="The function's name, which begins with SageMaker-; derived from the suite's name by default."
        ),
    ] = None
    envelope: Annotated[Envelope, Meta(description=f"The form of the answer: {_ENVELOPES}.")] = "list"
    env: Annotated[
        tuple[str, ...],
        Meta(
            description="A further environment variable, such as RLVR_LOG=batch; may be repeated. No place for "
            "secrets.",
            extra={"metavar": "NAME=VALUE"},
        ),
    ] = ()
    include: Annotated[
        tuple[Path, ...],
        Meta(description="A further file for the function, such as a schema that the suite reads; may be repeated."),
    ] = ()


# Lambda's rules. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_ENVIRONMENT_LIMIT_BYTES = 4_096
# A name of a file that cannot be mistaken for the text of a suite in RLVR_SUITE, and that every system can unpack.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")


def deployment_from(
    suite: str, options: DeploymentOptions, target: LayerTarget, aws: Aws | None = None
) -> tuple[Suite, Deployment]:
    """Load the suite to deploy, and return it with the checked deployment of the options.

    Args:
        suite: A file, or an address in AWS.
        options: The user's choices.
        target: Lambda's Python and architecture.
        aws: The account that an address is read with; the environment's by default.

    Raises:
        typer.BadParameter: An option has a wrong value.
        RlvrError: The suite is missing or wrong, or AWS would refuse the deployment.
    """
    from rlvr import load_suite
    from rlvr_aws.account.session import Aws
    from rlvr_aws.deploy.suite_needs import fitting_timeout, permissions_of

    _check_text(suite, *options.env, *options.data, options.output)
    in_aws = is_address(suite)
    chosen = {name: getattr(options, name) for name in DeploymentSettings.__struct_fields__}
    if chosen["timeout_seconds"] is None:
        del chosen["timeout_seconds"]
    # Each platform once, in one order, so that equal deployments make equal plans.
    chosen["platforms"] = tuple(each for each in PLATFORMS if each in options.platforms)
    deployment = Deployment(
        name=options.name or name_for(_as_path(suite) if in_aws else Path(suite)),
        suite=suite if in_aws else _file_name(suite),
        target=target,
        environment=_environment(options.env, options.envelope),
        **chosen,
    )
    check_deployment(deployment)
    _check_size(deployment)
    loaded = _load_from_aws(suite, aws or Aws()) if in_aws else load_suite(suite)
    timeout = fitting_timeout(loaded) if options.timeout_seconds is None else options.timeout_seconds
    permissions = permissions_of(loaded)
    return loaded, msgspec.structs.replace(deployment, timeout_seconds=timeout, permissions=permissions)


def _load_from_aws(address: str, aws: Aws) -> Suite:
    """Load a suite with the credentials of this machine, which errors name instead of the function's role."""
    with aws.translate_errors(" and ".join(permissions_for(address))):
        document = document_at(address, aws.client)
    return suite_of(document, address)


def included_files(paths: Sequence[Path]) -> dict[str, bytes]:
    """Read further files for the function's package, by the paths that the user gave.

    Raises:
        DeploymentError: A path leads out of the current folder, or a file cannot be read.
    """
    from rlvr_aws.account.errors import DeploymentError

    for path in paths:
        if path.is_absolute() or ".." in path.parts:
            hint = "run the command in a folder above it, and give the path from there"
            raise DeploymentError(str(path), "must be a path from the current folder, as in the suite", hint)
    try:
        return {path.as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise DeploymentError(str(error.filename), f"cannot be read: {error.strerror}", "check --include") from error


def _environment(pairs: Sequence[str], envelope: Envelope) -> dict[str, str]:
    """Return the variables, the envelope included; refuse those that the function would refuse when it starts."""
    # The default is left out, so that earlier deployments stay unchanged.
    variables: dict[str, str] = {} if envelope == Settings().envelope else {"RLVR_ENVELOPE": envelope}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not _VARIABLE.fullmatch(name):
            problem = f"{name!r} is not NAME=VALUE; a name has letters, digits and _, and begins with a letter"
            raise typer.BadParameter(problem, param_hint="--env")
        if name in variables:
            raise typer.BadParameter(f"{name} is given twice", param_hint="--env")
        variables[name] = value
    settings_from(variables)
    return variables


def _check_text(*given: str) -> None:
    """Refuse text that a file and a request cannot contain, such as bytes of another encoding."""
    for each in given:
        try:
            each.encode()
        except UnicodeEncodeError:
            raise typer.BadParameter(f"{harmless(each)!r} is not UTF-8") from None


def _check_size(deployment: Deployment) -> None:
    from rlvr_aws.account.errors import DeploymentError

    size = sum(len(f"{name}{value}".encode()) for name, value in deployment.variables.items())
    if size > _ENVIRONMENT_LIMIT_BYTES:
        problem = f"it has {size} bytes, and Lambda accepts {_ENVIRONMENT_LIMIT_BYTES}"
        raise DeploymentError("the environment", problem, "remove variables, or shorten them")


def _file_name(path: str) -> str:
    """Return the name of a suite's file, with which the function finds it in its package."""
    from rlvr_aws.account.errors import DeploymentError

    name = Path(path).name
    if not _FILE_NAME.fullmatch(name):
        problem = (
            "the function finds its package's file only by a name of at most 100 letters, digits, - _ . and spaces"
        )
        raise DeploymentError(f"the suite {path!r}", problem, "rename the file")
    return name


def _as_path(address: str) -> Path:
    """Return an address as a path, without a parameter's version, so that addresses and files give similar names."""
    return Path("/", address.partition(":")[2].partition(":")[0].lstrip("/"))
