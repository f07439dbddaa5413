"""Where a deployment's suite comes from: a file of the function or a layer, S3, SSM, or the variable itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from rlvr import ConfigError, Registry, Suite, load_suite, parse_suite

VARIABLE = "RLVR_SUITE"
LAYER_ROOT = "/opt"  # where Lambda unpacks layers

# Within Lambda's ten seconds of initialisation, a retry included.
AWS_TIMEOUT_SECONDS = 3
AWS_ATTEMPTS = 2


def suite_from(environment: Mapping[str, str], registry: Registry | None = None) -> Suite:
    """Load the suite that ``RLVR_SUITE`` names.

    The variable holds ``s3://bucket/key``, ``ssm:/name``, the text of a suite, or a path, which is looked up in the
    function's folder, in the layers, and in the working directory.

    Raises:
        ConfigError: The variable is not set, or what it names is missing or wrong.
        PluginError: A plugin that the suite names is missing, clashing or broken.
    """
    value = environment.get(VARIABLE, "").strip()
    if not value:
        hint = "a path in the package or a layer, s3://bucket/key, ssm:/name, or the text of a suite"
        raise ConfigError(f"environment variable {VARIABLE}", "", "is not set", hint)
    if value.startswith("s3://"):
        return _suite_in_s3(value, registry)
    if value.startswith("ssm:"):
        return _suite_in_ssm(value, registry)
    if "\n" in value or value.startswith(("{", "tasks:")):
        return parse_suite(value, source=VARIABLE, registry=registry)
    return load_suite(_path_of(value, environment), registry)


def _path_of(value: str, environment: Mapping[str, str]) -> Path:
    roots = [environment.get("LAMBDA_TASK_ROOT", ""), LAYER_ROOT, "."]
    candidates = [Path(root) / value for root in roots if root]
    for candidate in candidates:
        if os.path.isfile(candidate):  # noqa: PTH113  # Path raises on names that are too long
            return candidate
    tried = ", ".join(dict.fromkeys(str(candidate) for candidate in candidates))
    raise ConfigError(f"environment variable {VARIABLE}", "", f"names '{value}', which is no file", f"tried {tried}")


def _suite_in_s3(address: str, registry: Registry | None) -> Suite:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ConfigError(address, "", "is no address of an object", "s3://bucket/key")
    try:
        body = _client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        text = body.decode("utf-8-sig")
    except Exception as error:
        raise _unreachable(address, error, "s3:GetObject on it") from error
    return parse_suite(text, source=address, suffix=_suffix(key), registry=registry)


def _suite_in_ssm(address: str, registry: Registry | None) -> Suite:
    name = address.removeprefix("ssm:")
    try:
        answer = _client("ssm").get_parameter(Name=name, WithDecryption=True)
        text = str(answer["Parameter"]["Value"])
    except Exception as error:
        raise _unreachable(address, error, "ssm:GetParameter on it") from error
    return parse_suite(text, source=address, suffix=_parameter_suffix(name), registry=registry)


def _suffix(name: str) -> str:
    """Return the format's ending; YAML, which JSON is too, where a name has none."""
    return PurePosixPath(name).suffix.lower() or ".yaml"


def _parameter_suffix(name: str) -> str:
    """Return TOML's ending, else YAML's: a dot in a parameter's name is a version more often than a format."""
    return ".toml" if _suffix(name) == ".toml" else ".yaml"


def _client(service: str) -> Any:
    # Present in the Lambda runtime, and a quarter of a second to import: only for suites that are kept in AWS.
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=AWS_TIMEOUT_SECONDS,
        read_timeout=AWS_TIMEOUT_SECONDS,
        retries={"total_max_attempts": AWS_ATTEMPTS, "mode": "standard"},
    )
    return boto3.client(service, config=config)


def _unreachable(address: str, error: Exception, permission: str) -> ConfigError:
    hint = f"check that it exists in this region, and that the function's role allows {permission}"
    return ConfigError(address, "", f"cannot be read: {type(error).__name__}: {error}", hint)
