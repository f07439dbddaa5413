"""``rlvr aws check-data``: check training data against the platform's rules and the rewards of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Meta, Struct
from rich.table import Column, Table

from rlvr.cli.console import FINDINGS, errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, PlanOptions, SuiteFile, spread_options
from rlvr_aws.account.plan_console import carry_out, show_calls
from rlvr_aws.data.rules import RULES, TARGETS, TargetName

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.account.plan import Step
    from rlvr_aws.account.session import Aws
    from rlvr_aws.data import Cleaning, DataReport
    from rlvr_aws.data.storage import Address


class CheckOptions(Struct, frozen=True, kw_only=True):
    """The platform, and the files that are written."""

    target: Annotated[TargetName, Meta(description="The platform whose rules apply.")] = "bedrock-nova"
    clean: Annotated[
        Path | None, Meta(description="Write a file in which breaches are repaired or their rows left out.")
    ] = None
    upload: Annotated[
        str | None,
        Meta(description="Upload the file, or the cleaned one, there.", extra={"metavar": "s3://BUCKET/KEY.jsonl"}),
    ] = None
    limit: Annotated[int | None, Meta(ge=1, description="Check only the first rows.")] = None


@spread_options
def check_data(
    suite: SuiteFile,
    data: Annotated[str, typer.Argument(help="JSON lines: a file, or s3://BUCKET/KEY.", show_default=False)],
    *,
    options: CheckOptions,
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Check training data before you pay for a job.

    Each row is checked against the platform's rules. The suite scores the reference, which must get the full reward,
    and no answer, which must get nothing.

    With --clean, breaches that need no guess are repaired, and rows with other errors are left out. The cleaned file is
    then checked and uploaded. Nothing is uploaded without --yes, or while there are errors.
    """
    from rlvr import load_suite
    from rlvr_aws.data.storage import address_of, destination_of, object_step

    if options.limit is not None and (options.clean is not None or options.upload is not None):
        raise typer.BadParameter("takes a part of the rows; --clean and --upload take all", param_hint="--limit")
    with errors_told():
        loaded = load_suite(suite)
        address = None if options.upload is None else destination_of(options.upload)
        source = address_of(data) if data.startswith("s3://") else None
        if plan_options.dry_run:
            show_calls(list(_calls(data, source, options, address)), as_json=plan_options.as_json)
            return
        aws = account.aws()
        with _local_file(aws, source, data, options.target) as path:
            report, cleaning = _check(loaded, path, options)
            good = not report.count("error")
            step = None if address is None or not good else object_step(aws, options.clean or path, address)
            head = {"suite": loaded.source, "fingerprint": loaded.fingerprint, "data": data}
            if not plan_options.as_json:
                _draw(head, report, cleaning, options.clean)
            document = _document(head, report, cleaning)
            if options.upload is not None:
                document["upload"] = _upload(options, step, plan_options)
    if plan_options.as_json:
        print_json(document)
    if not good:
        raise typer.Exit(FINDINGS)


def _calls(
    data: str, source: Address | None, options: CheckOptions, destination: Address | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the actions of the command: calls to AWS, and actions on this machine."""
    from rlvr_aws.data.storage import CONTENT_TYPE

    if source is not None:
        yield "s3:GetObject", source.parameters
    yield "check", {"data": data, "target": options.target}
    if options.clean is not None:
        yield "write", {"file": str(options.clean)}
    if destination is not None:
        yield "s3:HeadBucket", {"Bucket": destination.bucket}
        yield "s3:HeadObject", destination.parameters
        yield "s3:PutObject", {**destination.parameters, "ContentType": CONTENT_TYPE}


@contextmanager
def _local_file(aws: Aws, source: Address | None, data: str, target: TargetName) -> Iterator[Path]:
    from rlvr_aws.data.storage import downloaded_file

    if source is None:
        yield Path(data)
        return
    with downloaded_file(aws, source, target) as path:
        yield path


def _check(suite: Suite, path: Path, options: CheckOptions) -> tuple[DataReport, Cleaning | None]:
    """Check a file; if it is to be cleaned, the report is on the cleaned file."""
    from rlvr_aws.data import check_data as check
    from rlvr_aws.data import clean_data

    if options.clean is None:
        return check(suite, path, options.target, options.limit), None
    cleaning = clean_data(suite, path, options.clean, options.target)
    return cleaning.after, cleaning


def _document(head: dict[str, Any], report: DataReport, cleaning: Cleaning | None) -> dict[str, Any]:
    document = {**head, "report": report.as_json()}
    if cleaning is not None:
        document["before_cleaning"] = cleaning.before.as_json()
    return document


def _upload(options: CheckOptions, step: Step | None, plan_options: PlanOptions) -> dict[str, Any]:
    """Carry out the upload, and return its outcome as JSON values; it is refused while there are errors."""
    note = TARGETS[options.target].upload_note
    if step is None:
        if not plan_options.as_json:
            out.print(styled(f"Nothing was uploaded to {options.upload}: there are errors.", limit=2_000))
        refused: dict[str, Any] = {"kind": "object", "name": options.upload, "action": "refuse", "changes": []}
        return {"acted": False, "changes": False, "steps": [refused]}
    if note and not plan_options.as_json:
        out.print(note)
    return carry_out([step], plan_options)


def _draw(head: dict[str, Any], report: DataReport, cleaning: Cleaning | None, clean: Path | None) -> None:
    out.print(styled(f"{head['suite']}: fingerprint {head['fingerprint']}"))
    if cleaning is None:
        _draw_report(str(head["data"]), report)
        return
    _draw_report(str(head["data"]), cleaning.before)
    repaired = ", ".join(f"{rule} {count}" for rule, count in cleaning.before.repaired.items()) or "nothing"
    out.print(styled(f"Repaired: {repaired}. Left out for other errors: {cleaning.before.left_out} rows.", limit=2_000))
    out.print("")
    _draw_report(str(clean), report)


def _draw_report(name: str, report: DataReport) -> None:
    from rlvr_aws.data.checking import REMEMBERED_ROWS

    size = f"{report.rows} rows, {report.size_bytes} bytes"
    found = f"{_count(report.count('error'), 'error')}, {_count(report.count('warning'), 'warning')}"
    out.print(styled(f"{name}: {size}; for {report.target}: {found}", limit=2_000))
    if report.limited:
        out.print("Only the first rows were read; their number was not checked.")
    if not report.duplicates_complete:
        out.print(f"Only the first {REMEMBERED_ROWS} rows were compared to find duplicates.")
    out.print(f"References with the full reward: {report.full_marks}")
    for reason, count in report.unjudged.items():
        out.print(f"References not scored as answers: {count}: {reason}")
    if not report.counts:
        return
    rules = Table("rule", "severity", "count", "what to do", title="Broken rules", title_justify="left")
    for rule, count in report.counts.items():
        rules.add_row(rule, RULES[rule].severity, str(count), RULES[rule].advice)
    out.print(rules)
    table = Table("line", "id", "rule", Column("what", overflow="fold"), title="Findings", title_justify="left")
    for each in report.findings:
        table.add_row(str(each.line or ""), styled(each.id, limit=40), each.rule, styled(each.problem))
    out.print(table)
    more = sum(report.counts.values()) - len(report.findings)
    if more:
        out.print(f"and {more} more breaches of these rules")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
