"""The steps for the function: its code, its configuration, its concurrency, and a version of them.

Variables and layers that others added to the function are kept, and so are earlier versions.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Step, differences
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.deployment import HANDLER, Deployment

# A new role is known in all of AWS after some seconds.
_ROLE_SECONDS = 60
_ROLE_LOOK_SECONDS = 2.0

_NEW = "(new)"
_MEMBERS = ("Runtime", "Handler", "Role", "Timeout", "MemorySize", "Description")


class FunctionPlan:
    """The steps from the existing function to the deployment's function.

    ``version`` is the number of the published version: "" until it is known.

    Raises:
        AwsError: A call to AWS failed.
        DeploymentError: A function of this name exists that rlvr did not create.
    """

    def __init__(self, aws: Aws, deployment: Deployment, role: str) -> None:
        self._aws = aws
        self._deployment = deployment
        self._role = role
        answer = aws.find("lambda", "get_function", FunctionName=deployment.name)
        self._have: Mapping[str, Any] | None = None if answer is None else answer["Configuration"]
        if self._have is not None:
            _check_ours(self._have, deployment.name)
        self.version = ""

    def steps(self, package: bytes, layers: Sequence[str]) -> list[Step]:
        """Return the steps that create or update the function.

        Args:
            package: The function's own zip.
            layers: The ARNs of its layers; those that are "" are filled in before these steps are taken.

        Raises:
            AwsError: A call to AWS failed.
        """
        steps = [*self._function(package, layers), self._concurrency()]
        return [*steps, self._version(changed=any(step.is_change for step in steps[:-1]))]

    def _function(self, package: bytes, layers: Sequence[str]) -> list[Step]:
        name, deployment = self._deployment.name, self._deployment
        if self._have is None:
            lines = (
                f"{deployment.target.runtime}, {deployment.target.architecture}",
                f"{deployment.memory_megabytes} MB, {deployment.timeout_seconds} s",
                *(f"{key}={value}" for key, value in deployment.variables.items()),
            )
            create = self._creation(package, layers)
            return [Step(kind="function", name=name, action="create", changes=lines, apply=create)]
        code = {"CodeSha256": _digest(package), "Architectures": [deployment.target.architecture]}
        own = self._request(layers)
        wanted = _flat({**own, "Layers": [{"Arn": arn or _NEW} for arn in own["Layers"]]})
        return [
            _update_step("code", name, self._have, code, self._code_update(package)),
            _update_step("function", name, _flat(self._have), wanted, self._update(layers)),
        ]

    def _request(self, layers: Sequence[str]) -> dict[str, Any]:
        """Return the request with the configuration, with variables and layers that others added."""
        have = self._have or {}
        own = f":layer:{self._deployment.layer_prefix}"
        others = [each["Arn"] for each in have.get("Layers", ()) if own not in each["Arn"]]
        variables = have.get("Environment", {}).get("Variables", {})
        return {
            "FunctionName": self._deployment.name,
            "Runtime": self._deployment.target.runtime,
            "Handler": HANDLER,
            "Role": self._role,
            "Timeout": self._deployment.timeout_seconds,
            "MemorySize": self._deployment.memory_megabytes,
            "Description": self._deployment.description,
            "Environment": {"Variables": {**variables, **self._deployment.variables}},
            "Layers": [*layers, *others],
        }

    def _creation(self, package: bytes, layers: Sequence[str]) -> Callable[[], None]:
        def create() -> None:
            request = {
                **self._request(layers),
                "Code": {"ZipFile": package},
                "Architectures": [self._deployment.target.architecture],
            }
            _retry_until_role_is_known(lambda: self._aws.call("lambda", "create_function", **request))
            self._wait("function_active_v2")

        return create

    def _code_update(self, package: bytes) -> Callable[[], None]:
        def update() -> None:
            architectures = [self._deployment.target.architecture]
            name = self._deployment.name
            self._aws.call(
                "lambda", "update_function_code", FunctionName=name, ZipFile=package, Architectures=architectures
            )
            self._wait("function_updated_v2")

        return update

    def _update(self, layers: Sequence[str]) -> Callable[[], None]:
        def update() -> None:
            request = self._request(layers)
            _retry_until_role_is_known(lambda: self._aws.call("lambda", "update_function_configuration", **request))
            self._wait("function_updated_v2")

        return update

    def _wait(self, waiter: str) -> None:
        self._aws.wait("lambda", waiter, "lambda:GetFunction", FunctionName=self._deployment.name)

    def _concurrency(self) -> Step:
        name, reserved = self._deployment.name, self._deployment.reserved
        if reserved is None:  # the deployment does not manage it
            return Step(kind="concurrency", name=name, action="keep")
        have = None
        if self._have is not None:
            answer = self._aws.call("lambda", "get_function_concurrency", FunctionName=name)
            have = answer.get("ReservedConcurrentExecutions")

        def put() -> None:
            self._aws.call(
                "lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved
            )

        return _update_step("concurrency", name, {"reserved": have}, {"reserved": reserved}, put)

    def _version(self, *, changed: bool) -> Step:
        """Return the step that publishes a version, unless the newest version equals the function."""
        name = self._deployment.name
        newest = {} if self._have is None or changed else self._newest_version()
        if self._have is not None and newest and _identity(newest) == _identity(self._have):
            self.version = newest["Version"]
            return Step(kind="version", name=f"{name}:{self.version}", action="keep")

        def publish() -> None:
            self.version = self._aws.call("lambda", "publish_version", FunctionName=name)["Version"]

        changes = ("a job that names it is not changed by later deployments",)
        return Step(kind="version", name=name, action="create", changes=changes, apply=publish)

    def _newest_version(self) -> Mapping[str, Any]:
        pages = self._aws.pages("lambda", "list_versions_by_function", FunctionName=self._deployment.name)
        numbered = [each for page in pages for each in page["Versions"] if each["Version"].isdigit()]
        return max(numbered, key=lambda each: int(each["Version"]), default={})


def _check_ours(have: Mapping[str, Any], name: str) -> None:
    """Refuse a function that rlvr did not create: its code would be lost."""
    problem = ""
    if have.get("PackageType") == "Image":
        problem = "is a container image, which cannot have layers"
    elif have.get("Handler") != HANDLER:
        problem = f"exists already, and rlvr did not create it: its handler is {have.get('Handler')}"
    if problem:
        raise DeploymentError(f"the function {name}", problem, "give another name with --name, or delete it first")


def _identity(configuration: Mapping[str, Any]) -> tuple[Any, ...]:
    return configuration.get("CodeSha256"), _flat(configuration)


def _flat(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a configuration that rlvr sets, one value per name."""
    variables = configuration.get("Environment", {}).get("Variables", {})
    return {
        **{name: configuration.get(name) for name in _MEMBERS},
        **{f"Environment.{key}": value for key, value in variables.items()},
        "Layers": [each["Arn"] for each in configuration.get("Layers", ())],
    }


def _update_step(
    kind: str, name: str, have: Mapping[str, Any], want: dict[str, Any], apply: Callable[[], None]
) -> Step:
    changes = differences(dict(have), want)
    return Step(kind=kind, name=name, action="update" if changes else "keep", changes=changes, apply=apply)


def _retry_until_role_is_known(call: Callable[[], Any]) -> None:
    """Repeat a call while Lambda does not know a new role yet."""
    until = time.monotonic() + _ROLE_SECONDS
    while True:
        try:
            call()
        except AwsError as error:
            if "cannot be assumed by Lambda" not in error.problem or time.monotonic() > until:
                raise
            time.sleep(_ROLE_LOOK_SECONDS)
        else:
            return


def _digest(content: bytes) -> str:
    """Return the value of Lambda's ``CodeSha256``."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
