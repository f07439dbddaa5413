"""One invocation: an event in, the platform's answer out, whatever happens on the way."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from rlvr import Record, Report, ScorerFaultError, Suite, record_from, rows_in, score_records, warm_up
from rlvr_handler.response import Result, enveloped, fault_result, result_of, text
from rlvr_handler.settings import Settings, settings_from
from rlvr_handler.suite_source import suite_from
from rlvr_handler.telemetry import log_batch, write_lines

Handler: TypeAlias = Callable[[Any, Any], Any]


def deployed(environment: Mapping[str, str]) -> tuple[Suite, Handler]:
    """Load what a deployment's variables name, start what its first batch would wait for, and make its handler.

    Raises:
        ConfigError: The suite or a variable is wrong.
        PluginError: A plugin that the suite names is missing, clashing or broken.
    """
    suite, settings = suite_from(environment), settings_from(environment)
    warm_up(suite)  # while the platform waits for the initialisation anyway
    if settings.log != "none":  # which version of a suite that is kept in AWS a container scores by
        told = {"source": suite.source[:200], "revision": suite.revision, "fingerprint": suite.fingerprint}
        write_lines([{"level": "INFO", "message": "suite loaded", **told}])
    return suite, make_handler(suite, settings)


def make_handler(suite: Suite, settings: Settings) -> Handler:
    """Make the function that Lambda calls with an event and a context.

    The function answers every event with one result per row, in order, and equal events with equal bytes.
    It raises only ``ScorerFaultError``, where the suite says to stop rather than to answer with numbers, and only in
    the list envelope; the HTTP envelopes have status 500 for it.
    """
    seen_places: set[str] = set()

    def handle(event: Any, context: Any = None) -> Any:
        if _is_preflight(event):
            return {"statusCode": 200, "headers": {"Allow": "OPTIONS, POST"}, "body": ""}
        rows = rows_in(event)
        if rows is None:
            write_lines([{"level": "ERROR", "message": f"the event holds no rows: it is {type(event).__name__}"}])
            return enveloped([], settings.envelope, status=400)
        try:
            records = [record_from(row, suite.rules, position=position) for position, row in enumerate(rows)]
            _log_new_places(records, seen_places)
            report = score_records(suite, records, deadline=_deadline(context, settings.margin_seconds))
        except ScorerFaultError as error:
            _log_report(error.report, records, settings)
            _log_error("the suite says to stop", error)
            if settings.envelope == "list":
                raise
            return {"statusCode": 500, "headers": {"Content-Type": "text/plain"}, "body": text(str(error))}
        except Exception as error:  # noqa: BLE001  # a raised error costs the whole batch, and retries of it
            _log_error("a fault of rlvr itself", error)
            return enveloped(_faults(rows), settings.envelope)
        _log_report(report, records, settings)
        return enveloped([result_of(reward) for reward in report.rewards], settings.envelope)

    return handle


def _is_preflight(event: Any) -> bool:
    """Say whether a browser's client asks before it posts."""
    if not isinstance(event, dict):
        return False
    if event.get("httpMethod") == "OPTIONS":
        return True
    http = event.get("requestContext")
    http = http.get("http") if isinstance(http, dict) else None
    return isinstance(http, dict) and http.get("method") == "OPTIONS"


def _deadline(context: Any, margin_seconds: float) -> float | None:
    """Return when to stop, on the clock of ``time.monotonic``; None if the context does not tell.

    The margin takes half of the remaining time at most, or a function of one second would never score.
    """
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    try:
        millis = remaining() if callable(remaining) else None
    except Exception:  # noqa: BLE001  # a context that is not Lambda's must not cost the batch
        return None
    # A mock of a context answers with something that float() takes for a number.
    if not isinstance(millis, (int, float)) or not math.isfinite(millis):
        return None
    seconds = millis / 1e3
    return time.monotonic() + seconds - min(margin_seconds, seconds / 2)


def _log_report(report: Report, records: Sequence[Record], settings: Settings) -> None:
    """Log a batch whose rewards are known; what goes wrong with that must not cost them."""
    try:
        log_batch(report, records, settings)
    except Exception as error:  # noqa: BLE001  # as the docstring says
        _log_error("the batch could not be logged", error)


def _log_new_places(records: Sequence[Record], seen: set[str]) -> None:
    """Tell once per container where references were found, since platforms put them in several places."""
    new = {record.reference_at or "nowhere" for record in records} - seen
    if new:
        seen.update(new)
        write_lines([{"level": "INFO", "message": "references are read from", "places": sorted(new)}])


def _log_error(message: str, error: Exception) -> None:
    trace = "".join(traceback.format_exception(error))
    write_lines([{"level": "ERROR", "message": message, "error": text(str(error)), "trace": text(trace)}])


def _faults(rows: Sequence[Any]) -> list[Result]:
    """Answer each row with 0.0 and a metric that says that it is no wrong answer."""
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
    return [fault_result(str(position) if each is None else each) for position, each in enumerate(ids)]
