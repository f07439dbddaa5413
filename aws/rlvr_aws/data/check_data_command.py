"""``rlvr aws check-data``: is the training data what the platform takes, and does the suite pay for it as meant?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

import typer
from rich.table import Column, Table

from rlvr.cli.console import FINDINGS, errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, PlanOptions, SuiteFile, spread_options
from rlvr_aws.account.plan_console import carry_out, show_calls

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.account.plan import Step
    from rlvr_aws.account.session import Aws
    from rlvr_aws.data import Cleaning, DataReport
    from rlvr_aws.data.storage import Address

TargetName: TypeAlias = Literal["bedrock-nova", "bedrock-open-weight", "sagemaker-nova", "sagemaker-open-weight"]


@spread_options
def check_data(
    suite: SuiteFile,
    data: Annotated[str, typer.Argument(help="JSON lines: a file, or s3://BUCKET/KEY.", show_default=False)],
    *,
    target: Annotated[
        TargetName, typer.Option(metavar="NAME", help=f"Whose rules hold: {', '.join(get_args(TargetName))}.")
    ] = "bedrock-nova",
    clean: Annotated[
        Path | None, typer.Option(help="Write a file without what can be mended or left out.", show_default=False)
    ] = None,
    upload: Annotated[
        str | None,
        typer.Option(help="s3://BUCKET/KEY.jsonl: put the file, or the cleaned one, there.", show_default=False),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.", show_default=False)] = None,
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Check training data before a job is paid for.

    Each row is held against the platform's rules.
    The suite is asked what it pays: full marks for the reference, and nothing for no answer.

    With --clean, what needs no guess is mended and rows with other errors are left out.
    The cleaned file is then what is judged and uploaded.
    Nothing is uploaded without --yes, nor while there are errors.
    """
    from rlvr import load_suite
    from rlvr_aws.data.storage import address_of, destination_of, object_step

    if limit is not None and (clean is not None or upload is not None):
        raise typer.BadParameter("takes a part of the rows; --clean and --upload take all", param_hint="--limit")
    with errors_told():
        loaded = load_suite(suite)
        address = None if upload is None else destination_of(upload)
        source = address_of(data) if data.startswith("s3://") else None
        if plan_options.dry_run:
            show_calls(list(_calls(data, source, target, clean, address)), as_json=plan_options.as_json)
            return
        aws = account.aws()
        with _local(aws, source, data, target) as path:
            report, cleaning = _checked(loaded, path, target, limit, clean)
            good = not report.count("error")
            step = None if address is None or not good else object_step(aws, clean or path, address)
            told = {"suite": loaded.source, "fingerprint": loaded.fingerprint, "data": data}
            if not plan_options.as_json:
                _draw(told, report, cleaning, clean)
            document = _document(told, report, cleaning)
            if upload is not None:
                document["upload"] = _uploaded(upload, step, target, plan_options)
    if plan_options.as_json:
        print_json(document)
    if not good:
        raise typer.Exit(FINDINGS)


def _calls(
    data: str, source: Address | None, target: str, clean: Path | None, destination: Address | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Say what the command would do: calls to AWS, and what is done on this machine."""
    from rlvr_aws.data.storage import CONTENT_TYPE

    if source is not None:
        yield "s3:GetObject", source.parameters
    yield "check", {"data": data, "target": target}
    if clean is not None:
        yield "write", {"file": str(clean)}
    if destination is not None:
        yield "s3:HeadBucket", {"Bucket": destination.bucket}
        yield "s3:HeadObject", destination.parameters
        yield "s3:PutObject", {**destination.parameters, "ContentType": CONTENT_TYPE}


@contextmanager
def _local(aws: Aws, source: Address | None, data: str, target: str) -> Iterator[Path]:
    from rlvr_aws.data.storage import fetched

    if source is None:
        yield Path(data)
        return
    with fetched(aws, source, target) as path:
        yield path


def _checked(
    suite: Suite, path: Path, target: str, limit: int | None, clean: Path | None
) -> tuple[DataReport, Cleaning | None]:
    """Check a file; where it is cleaned, the report is that on the cleaned one."""
    from rlvr_aws.data import check_data as checked
    from rlvr_aws.data import clean_data

    if clean is None:
        return checked(suite, path, target, limit), None
    cleaning = clean_data(suite, path, clean, target)
    return cleaning.after, cleaning


def _document(told: dict[str, Any], report: DataReport, cleaning: Cleaning | None) -> dict[str, Any]:
    document = {**told, "report": report.as_json()}
    if cleaning is not None:
        document["before_cleaning"] = cleaning.before.as_json()
    return document


def _uploaded(upload: str, step: Step | None, target: str, options: PlanOptions) -> dict[str, Any]:
    """Carry the upload out, and return what became of it as JSON values; it is refused while there are errors."""
    if step is None:
        if not options.as_json:
            out.print(styled(f"Nothing was uploaded to {upload}: there are errors.", limit=2_000))
        refused = {"kind": "object", "name": upload, "action": "refuse", "changes": []}
        return {"acted": False, "changes": False, "steps": [refused]}
    if not options.as_json and target == "bedrock-open-weight":
        out.print("Its jobs read no S3: send the file to the Files API of bedrock-mantle, with purpose fine-tune.")
    return carry_out([step], options)


def _draw(told: dict[str, Any], report: DataReport, cleaning: Cleaning | None, clean: Path | None) -> None:
    out.print(styled(f"{told['suite']}: fingerprint {told['fingerprint']}"))
    if cleaning is None:
        _draw_report(str(told["data"]), report)
        return
    _draw_report(str(told["data"]), cleaning.before)
    mended = ", ".join(f"{rule} {count}" for rule, count in cleaning.before.mended.items()) or "nothing"
    out.print(styled(f"Mended: {mended}. Left out for other errors: {cleaning.before.left_out} rows.", limit=2_000))
    out.print("")
    _draw_report(str(clean), report)


def _draw_report(name: str, report: DataReport) -> None:
    from rlvr_aws.data import RULES
    from rlvr_aws.data.checking import REMEMBERED_ROWS

    size = f"{report.rows} rows, {report.size_bytes} bytes"
    found = f"{_counted(report.count('error'), 'error')}, {_counted(report.count('warning'), 'warning')}"
    out.print(styled(f"{name}: {size}; for {report.target}: {found}", limit=2_000))
    if report.limited:
        out.print("Only the first rows were read; how many there are is not judged.")
    if not report.duplicates_complete:
        out.print(f"Duplicates were looked for among the first {REMEMBERED_ROWS} rows only.")
    out.print(f"References that earn what they must: {report.full_marks}")
    for reason, count in report.unjudged.items():
        out.print(f"References not tried as answers: {count}: {reason}")
    if not report.counts:
        return
    rules = Table("rule", "severity", "count", "what to do", title="Rules that are broken", title_justify="left")
    for rule, count in report.counts.items():
        rules.add_row(rule, RULES[rule].severity, str(count), RULES[rule].advice)
    out.print(rules)
    table = Table("line", "id", "rule", Column("what", overflow="fold"), title="Findings", title_justify="left")
    for each in report.findings:
        table.add_row(str(each.line or ""), styled(each.id, limit=40), each.rule, styled(each.problem))
    out.print(table)
    more = sum(report.counts.values()) - len(report.findings)
    if more:
        out.print(f"and {more} more of these rules")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
