"""Settings of a deployment, read once from environment variables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, TypeAlias, cast, get_args

import msgspec

from rlvr import ConfigError

Envelope: TypeAlias = Literal["list", "http-string", "http-list"]
LogLevel: TypeAlias = Literal["records", "batch", "none"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one deployment.

    Attributes:
        envelope: The form of the answer: ``list`` is the list of results; ``http-string`` and ``http-list`` are
            ``{statusCode, headers, body}``, with the list in ``body`` as JSON text or as a list.
        log: ``records`` logs a line per record and a document of metrics per batch, ``batch`` only the latter.
        log_reasons: Whether the lines of records contain the scorers' reasons, which may quote a completion.
        metrics_namespace: The CloudWatch namespace of the metrics.
        function_name: The dimension of the metrics.
        margin_seconds: Unfinished scorers are cancelled this long before the invocation ends, so that the answer is
            sent in time.
    """

    envelope: Envelope = "list"
    log: LogLevel = "records"
    log_reasons: bool = False
    metrics_namespace: str = "rlvr"
    function_name: str = "local"
    margin_seconds: float = 1.0


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        ConfigError: A variable has a wrong value; the error names the variable in place of a file.
    """
    return Settings(
        envelope=cast("Envelope", _choice(environment, "RLVR_ENVELOPE", get_args(Envelope))),
        log=cast("LogLevel", _choice(environment, "RLVR_LOG", get_args(LogLevel))),
        log_reasons=_choice(environment, "RLVR_LOG_REASONS", ("0", "1")) == "1",
        metrics_namespace=environment.get("RLVR_METRICS_NAMESPACE") or "rlvr",
        function_name=environment.get("AWS_LAMBDA_FUNCTION_NAME") or "local",
        margin_seconds=_seconds(environment, "RLVR_MARGIN_SECONDS", 1.0),
    )


def _choice(environment: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """Return the value of a variable that accepts a few words; the first word is the default."""
    value = environment.get(name) or allowed[0]
    if value not in allowed:
        raise ConfigError(f"environment variable {name}", "", f"is {value!r}", f"one of {', '.join(allowed)}")
    return value


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name)
    if not value:
        return default
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 900:  # noqa: PLR2004  # the longest invocation of Lambda; the comparison refuses NaN too
        raise ConfigError(f"environment variable {name}", "", f"is {value!r}", "seconds from 0 to 900")
    return seconds
