"""Sources of a deployment's suite: a file of the function or a layer, S3, SSM, AppConfig, or the variable itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from rlvr import ConfigError, Registry, Suite, load_suite, parse_suite

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "RLVR_SUITE"
LAYER_ROOT = "/opt"  # where Lambda unpacks layers

# Short enough that a retry ends within the ten seconds of Lambda's initialisation.
AWS_TIMEOUT_SECONDS = 3
AWS_ATTEMPTS = 2

_FORMAT_OF_CONTENT = {"application/json": ".json", "application/toml": ".toml"}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a suite that is stored in AWS.

    Attributes:
        text: The text.
        suffix: Its format, as the suffix of a file's name.
        revision: Its version, as the service identifies it.
    """

    text: str
    suffix: str
    revision: str


def suite_from(environment: Mapping[str, str], registry: Registry | None = None) -> Suite:
    """Load the suite that ``RLVR_SUITE`` names.

    The variable contains an address (see :func:`suite_at`), the text of a suite, or a path, which is looked up in the
    function's folder, in the layers, and in the working directory.

    Raises:
        ConfigError: The variable is not set, or the suite is missing or wrong.
        PluginError: A plugin that the suite names is missing, clashing or broken.
    """
    value = environment.get(VARIABLE, "").strip()
    if not value:
        hint = "a path in the package or a layer, s3://bucket/key, ssm:/name, appconfig:…, or the text of a suite"
        raise ConfigError(f"environment variable {VARIABLE}", "", "is not set", hint)
    if is_address(value):
        return suite_at(value, registry)
    if "\n" in value or value.startswith(("{", "tasks:")):
        return parse_suite(value, source=VARIABLE, registry=registry)
    return load_suite(_path_of(value, environment), registry)


def is_address(value: str) -> bool:
    """Return True if a text is the address of a suite in AWS."""
    return value.startswith(tuple(_READERS))


def suite_at(address: str, registry: Registry | None = None) -> Suite:
    """Load a suite that is stored in AWS; its version there is part of its fingerprint.

    Args:
        address: ``s3://bucket/key``, ``ssm:/name`` (a version may follow: ``ssm:/name:3``), or
            ``appconfig:application/environment/profile``.
        registry: The plugins to use; the installed ones by default.

    Raises:
        ConfigError: The suite cannot be read, or is wrong.
        PluginError: A plugin that it names is missing, clashing or broken.
    """
    try:
        document = document_at(address, _client)
    except ConfigError:
        raise
    except Exception as error:
        needed = " and ".join(permissions_for(address))
        hint = f"check that it exists in this region, and that the role allows {needed} on it"
        raise ConfigError(address, "", f"cannot be read: {type(error).__name__}: {error}", hint) from error
    return suite_of(document, address, registry)


def document_at(address: str, client: Callable[[str], Any]) -> Document:
    """Read the text at an address; ``client`` returns the client of a service, and botocore's exceptions pass."""
    return _reader(address)[0](address, client)


def permissions_for(address: str) -> tuple[str, ...]:
    """Return the IAM permissions that reading an address needs."""
    return _reader(address)[1]


def suite_of(document: Document, address: str, registry: Registry | None = None) -> Suite:
    """Return the suite of a document that was read at an address."""
    return parse_suite(
        document.text, source=address, suffix=document.suffix, revision=document.revision, registry=registry
    )


def _reader(address: str) -> tuple[_Reader, tuple[str, ...]]:
    return next(reader for prefix, reader in _READERS.items() if address.startswith(prefix))


def _path_of(value: str, environment: Mapping[str, str]) -> Path:
    from pathlib import Path  # a suite in the variable itself needs no paths

    roots = [environment.get("LAMBDA_TASK_ROOT", ""), LAYER_ROOT, "."]
    candidates = [Path(root) / value for root in roots if root]
    for candidate in candidates:
        if os.path.isfile(candidate):  # noqa: PTH113  # Path raises on names that are too long
            return candidate
    tried = ", ".join(dict.fromkeys(str(candidate) for candidate in candidates))
    raise ConfigError(f"environment variable {VARIABLE}", "", f"names '{value}', which is not a file", f"tried {tried}")


def _in_s3(address: str, client: Callable[[str], Any]) -> Document:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ConfigError(address, "", "is not the address of an object", "s3://bucket/key")
    answer = client("s3").get_object(Bucket=bucket, Key=key)
    text = _decode(answer["Body"].read(), address)
    version = answer.get("VersionId")
    revision = f"version {version}" if version and version != "null" else f"etag {answer['ETag']}"
    return Document(text=text, suffix=_suffix(key), revision=revision)


def _in_ssm(address: str, client: Callable[[str], Any]) -> Document:
    name = address.removeprefix("ssm:")
    parameter = client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    # Only TOML's suffix counts: a dot in a parameter's name is more often a version than a format.
    suffix = ".toml" if _suffix(name.partition(":")[0]) == ".toml" else ".yaml"
    return Document(text=str(parameter["Value"]), suffix=suffix, revision=f"version {parameter['Version']}")


def _in_appconfig(address: str, client: Callable[[str], Any]) -> Document:
    """Read a deployed configuration of AppConfig.

    Source:
        https://docs.aws.amazon.com/appconfig/latest/userguide/retrieving-simplified-methods.html
    """
    application, environment, profile, *more = [*address.removeprefix("appconfig:").split("/"), "", "", ""]
    if not (application and environment and profile) or any(more):
        raise ConfigError(address, "", "does not name a configuration", "appconfig:application/environment/profile")
    service = client("appconfigdata")
    session = service.start_configuration_session(
        ApplicationIdentifier=application,
        EnvironmentIdentifier=environment,
        ConfigurationProfileIdentifier=profile,
    )
    answer = service.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
    content = answer["Configuration"].read()
    suffix = _FORMAT_OF_CONTENT.get(str(answer.get("ContentType", "")).partition(";")[0], ".yaml")
    return Document(text=_decode(content, address), suffix=suffix, revision=_label(answer, content))


def _decode(content: bytes, address: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(address, "", f"is not UTF-8: {error.reason}", "save it as UTF-8") from error


def _label(answer: Mapping[str, Any], content: bytes) -> str:
    """Return the label of a configuration's version, or a digest of its content if it has none."""
    import hashlib

    label = answer.get("VersionLabel")
    return f"version {label}" if label else f"sha256 {hashlib.sha256(content).hexdigest()[:16]}"


_Reader: TypeAlias = Callable[[str, Callable[[str], Any]], Document]
_READERS: Mapping[str, tuple[_Reader, tuple[str, ...]]] = {
    "s3://": (_in_s3, ("s3:GetObject",)),
    "ssm:": (_in_ssm, ("ssm:GetParameter",)),
    "appconfig:": (_in_appconfig, ("appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration")),
}
# All permissions that reading a suite in AWS may need, by IAM's names.
PERMISSIONS: tuple[str, ...] = tuple(sorted(name for _, names in _READERS.values() for name in names))


def _suffix(name: str) -> str:
    """Return the suffix of a name; that of YAML, which includes JSON, if it has none."""
    from pathlib import PurePosixPath  # as in _path_of

    return PurePosixPath(name).suffix.lower() or ".yaml"


def _client(service: str) -> Any:
    # Lambda's runtime contains it; its import takes a quarter of a second, so only suites in AWS import it.
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=AWS_TIMEOUT_SECONDS,
        read_timeout=AWS_TIMEOUT_SECONDS,
        retries={"total_max_attempts": AWS_ATTEMPTS, "mode": "standard"},
    )
    return boto3.client(service, config=config)
