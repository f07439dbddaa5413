"""The reward function: it answers one event with one result per row, whatever goes wrong."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from rlvr import (
    Record,
    Report,
    ScorerFaultError,
    Suite,
    encodable_text,
    record_from,
    rows_in,
    score_records,
    warm_up,
)
from rlvr_handler.response import Result, fault_result, result_of, wrap_results
from rlvr_handler.settings import Settings, settings_from
from rlvr_handler.suite_source import suite_from
from rlvr_handler.telemetry import log_batch, log_suite, write_lines


class RewardFunction:
    """The function that Lambda calls with an event and a context.

    It returns one result per row, in order, and equal bytes for equal events.
    It raises only ``ScorerFaultError``, and only if the suite says to stop on faults and the envelope is ``list``; the
    HTTP envelopes have status 500 instead.
    """

    def __init__(self, suite: Suite, settings: Settings, *, calls_costly: bool = True) -> None:
        self._suite = suite
        self._settings = settings
        self._calls_costly = calls_costly
        self._seen_places: set[str] = set()

    def __call__(self, event: Any, context: Any = None) -> Any:
        """Answer one event."""
        if _is_preflight(event):
            return {"statusCode": 200, "headers": {"Allow": "OPTIONS, POST"}, "body": ""}
        rows = rows_in(event)
        if rows is None:
            write_lines([{"level": "ERROR", "message": f"the event has no rows: it is {type(event).__name__}"}])
            return wrap_results([], self._settings.envelope, status=400)
        records: list[Record] = []
        try:
            records = [record_from(row, self._suite.rules, position=position) for position, row in enumerate(rows)]
            self._log_new_places(records)
            deadline = _deadline(context, self._settings.margin_seconds)
            report = score_records(self._suite, records, deadline=deadline, calls_costly=self._calls_costly)
        except ScorerFaultError as error:
            self._log_report(error.report, records)
            return self._stop(error)
        except Exception as error:  # noqa: BLE001  # an exception would lose the whole batch, and its retries too
            _log_error("a bug in rlvr", error)
            return wrap_results(_fault_results(rows, self._suite), self._settings.envelope)
        self._log_report(report, records)
        return wrap_results([result_of(reward) for reward in report.rewards], self._settings.envelope)

    def _stop(self, error: ScorerFaultError) -> Any:
        """Return the answer with status 500 for a batch that the suite says to stop; raise where there is no status."""
        _log_error("the suite says to stop", error)
        match self._settings.envelope:
            case "list":
                raise error
            case "http-string" | "http-list":
                return {
                    "statusCode": 500,
                    "headers": {"Content-Type": "text/plain"},
                    "body": encodable_text(str(error)),
                }
            case _:
                assert_never(self._settings.envelope)

    def _log_new_places(self, records: Sequence[Record]) -> None:
        """Log once per container where references are found, since platforms put them in several places."""
        new = {record.reference_at or "nowhere" for record in records} - self._seen_places
        if new:
            self._seen_places.update(new)
            write_lines([{"level": "INFO", "message": "references are read from", "places": sorted(new)}])

    def _log_report(self, report: Report, records: Sequence[Record]) -> None:
        """Log a batch whose rewards are known; an error here must not lose them."""
        try:
            log_batch(report, records, self._settings)
        except Exception as error:  # noqa: BLE001  # as the docstring says
            _log_error("the batch could not be logged", error)


def load_deployment(environment: Mapping[str, str]) -> tuple[Suite, RewardFunction]:
    """Load the suite and the settings of a deployment, start its workers, and return its reward function.

    Raises:
        ConfigError: The suite or a variable is wrong.
        PluginError: A plugin that the suite names is missing, clashing or broken.
    """
    suite, settings = suite_from(environment), settings_from(environment)
    warm_up(suite)  # during the initialisation, which the platform waits for anyway
    log_suite(suite, settings)
    return suite, make_handler(suite, settings)


def make_handler(suite: Suite, settings: Settings, *, calls_costly: bool = True) -> RewardFunction:
    """Return the reward function of a suite.

    Args:
        suite: The suite.
        settings: The settings.
        calls_costly: False for trials: costly scorers, which may ask a model, abstain.
    """
    return RewardFunction(suite, settings, calls_costly=calls_costly)


def _is_preflight(event: Any) -> bool:
    """Return True for the OPTIONS request that a browser sends before it posts."""
    if not isinstance(event, dict):
        return False
    if event.get("httpMethod") == "OPTIONS":
        return True
    http = event.get("requestContext")
    http = http.get("http") if isinstance(http, dict) else None
    return isinstance(http, dict) and http.get("method") == "OPTIONS"


def _deadline(context: Any, margin_seconds: float) -> float | None:
    """Return when to stop, on the clock of ``time.monotonic``; None if the context does not say.

    The margin takes at most half of the remaining time, or a function with a timeout of one second would never score.
    """
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    try:
        millis = remaining() if callable(remaining) else None
    except Exception:  # noqa: BLE001  # a context that is not Lambda's must not lose the batch
        return None
    # A mock of a context returns an object that float() accepts.
    if not isinstance(millis, (int, float)) or not math.isfinite(millis):
        return None
    seconds = millis / 1e3
    return time.monotonic() + seconds - min(margin_seconds, seconds / 2)


def _log_error(message: str, error: Exception) -> None:
    import traceback  # few batches need it

    trace = "".join(traceback.format_exception(error))
    write_lines(
        [{"level": "ERROR", "message": message, "error": encodable_text(str(error)), "trace": encodable_text(trace)}]
    )


def _fault_results(rows: Sequence[Any], suite: Suite) -> list[Result]:
    """Return 0.0 for each row, with the metrics of the suite, of which one says that the answer was not judged."""
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
    names = suite.metric_names
    return [fault_result(str(position) if each is None else each, names) for position, each in enumerate(ids)]
