"""``rlvr score``: score a file of records; show a summary, write rewards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
import typer

from rlvr.cli.cluster import score_on_cluster
from rlvr.cli.console import FINDINGS, err, errors_told, out, styled, tell_damage, tell_error
from rlvr.cli.progress import Meter, ProgressFormat, show_progress
from rlvr.cli.remarks import Remarks
from rlvr.cli.summary import (
    DEFAULT_FAIL_ON,
    Conditions,
    SummaryContext,
    SummaryFormat,
    conditions_of,
    print_summary,
    summary_document,
)
from rlvr.cli.tracebacks import Tracebacks
from rlvr.config import Suite, load_suite
from rlvr.errors import OutputError, ScorerFaultError
from rlvr.pipeline import BATCH_RECORDS
from rlvr.record.survey import Survey
from rlvr.runs import (
    DASH,
    Choice,
    Finisher,
    Manifest,
    RewardsEncoder,
    Row,
    RunWriter,
    StopFlag,
    WriteEncoded,
    check_kept,
    chosen_rows,
    files_of,
    finish_job,
    manifest_of,
    open_encoded_rewards,
    open_run,
    parse_condition,
    process_count,
    rewards_encoder,
    row_count,
    run_files,
    stop_on_signals,
)
from rlvr.summary import Summary

_GOES_ON = "the same command goes on from there"

Engine: TypeAlias = Literal["local", "ray"]


def score(  # noqa: PLR0917  # typer names them
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    records: Annotated[
        list[Path],
        typer.Argument(
            help="Files of rows (.jsonl, .json, .csv, .parquet, .arrow, ...), folders, patterns; - is standard input.",
            show_default=False,
        ),
    ],
    rewards: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a row for each reward: .jsonl, .csv, .parquet; - is standard output."),
    ] = None,
    keep: Annotated[
        str | None, typer.Option("--keep", help="Columns of the input to write beside the rewards: prompt,completion.")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option("--run", help="A folder that keeps everything about the job; the same command goes on there."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", help="Score only rows that meet a condition: level>=3, task=math; several times: all of them."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Score the first rows only.")] = None,
    sample_size: Annotated[int | None, typer.Option("--sample", min=1, help="Score some rows at random.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed takes another sample.")] = 0,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes",
            min=1,
            help="Score in so many processes, or actors of Ray. Default: the processors, if all scorers are bounded.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option("--engine", help="ray: a Ray cluster scores Parquet or JSON lines into the folder of --out."),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option("--address", help="The address of the Ray cluster; by default, Ray starts one here."),
    ] = None,
    progress: Annotated[
        ProgressFormat,
        typer.Option("--progress", help="On standard error: a bar on a terminal and lines in logs; JSON events; none."),
    ] = "auto",
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a line that cannot be read.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    summary_format: Annotated[SummaryFormat, typer.Option("--format", help="How to print the summary.")] = "text",
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under", help="Exit with 1 if the mean of the scored rows of a task is below.", show_default=False
        ),
    ] = None,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show the tracebacks of functions that raised, each once.")
    ] = False,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="Exit with 1 if a row has one of these verdicts; none for no verdict.")
    ] = DEFAULT_FAIL_ON,
) -> None:
    """Score files of records and show a summary.

    A line that cannot be read is a record of its own with the verdict invalid_task.

    Exit codes: 0, all conditions are met; 1, --fail-under or --fail-on is not, or too many scorers broke; 2, the suite,
    the files or the options are wrong.
    """
    try:
        conditions = conditions_of(fail_under, fail_on)
    except ValueError as error:
        raise typer.BadParameter(f"--fail-on: {error}") from error
    kept = [name.strip() for name in (keep or "").split(",") if name.strip()]
    if kept and rewards is None and run is None:
        raise typer.BadParameter("--keep needs --out or --run, which get the columns")
    local = {"--run": run, "--where": where, "--sample": sample_size, "--strict": strict, "--traceback": traceback}
    if _is_cluster(engine, address, [name for name, value in local.items() if value]):
        with errors_told():
            score_on_cluster(
                suite,
                records,
                rewards,
                keep=kept,
                address=address,
                limit=limit,
                actors=processes,
                conditions=conditions,
                summary_format="json" if as_json else summary_format,
            )
        return
    command = _Command(
        suite=suite,
        records=records,
        rewards=rewards,
        run=run,
        choice=Choice(
            where=_checked_conditions(where or ()), limit=limit, sample=sample_size, seed=seed, keep=kept, strict=strict
        ),
        processes=processes,
        progress=progress,
        conditions=conditions,
        format="json" if as_json else summary_format,
        shows_tracebacks=traceback,
    )
    with errors_told(), stop_on_signals() as stop:
        _score_here(command, stop)


class _Command(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line asks for, where this machine scores."""

    suite: Path
    records: Sequence[Path]
    rewards: Path | None
    run: Path | None
    choice: Choice
    processes: int | None
    progress: ProgressFormat
    conditions: Conditions
    format: SummaryFormat
    shows_tracebacks: bool


def _score_here(command: _Command, stop: StopFlag) -> None:
    """Score, print the summary, and exit with the code of what happened."""
    loaded = load_suite(command.suite)
    files = files_of(command.records)
    inputs = (command.suite, *(command.suite.parent / each.name for each in loaded.files), *files)
    if command.run is not None and command.rewards is not None:
        check_kept(command.rewards, command.choice.keep)  # before there is a run of other options
        _refuse_file_of_run(command.rewards, run_files(command.run, loaded.suffix))
    count = process_count(command.processes, loaded, files)
    summary = Summary.of(loaded)
    survey, remarks, tracebacks = Survey(loaded.rules), Remarks(), Tracebacks()

    def context() -> SummaryContext:
        return SummaryContext(
            suite=str(command.suite),
            fingerprint=loaded.fingerprint,
            run="" if command.run is None else str(command.run),
            remarks=remarks.counts,
            unseen_paths=tuple(survey.unseen_paths()),
        )

    encoder = _encoder_of(command, loaded)
    try:
        with (
            _naming_what_stays(command.run, summary),
            _open_run(command.run, loaded, files, command.choice, count) as writer,
            _open_rewards(command.rewards, encoder, inputs, stop) as write,
            show_progress(command.progress) as show,
        ):
            finisher = Finisher(suite=loaded, encoder=encoder, manifest=_manifest_in(writer))
            rows = chosen_rows(
                loaded,
                files,
                command.choice,
                stop,
                lambda row: _note(row, survey),
                parsed_rows=None if count == 1 else _source_rows_in(writer),
            )
            meter = _meter_of(files, command.choice, 0 if writer is None else writer.rows)
            for result in finish_job(finisher, rows, stop, writer, processes=count):
                summary.merge(result.summary)
                remarks.add(result.records, result.remarks)
                tracebacks.add(result.tracebacks)
                survey.note_unseen(result.source_rows, result.unseen)
                write(result.rewards)
                show(meter.after(result, summary))
            if writer is not None:
                writer.finish(summary_document(summary, context(), command.conditions), stop)
    except _StoppedError:
        pass
    except ScorerFaultError as error:
        tell_error(error)
        raise typer.Exit(FINDINGS) from error
    # Standard output has the rewards and nothing else, if they go there.
    screen = err if command.rewards == DASH else out
    print_summary(summary, context(), command.conditions, command.format, screen)
    if command.shows_tracebacks:
        tracebacks.print()
    if stop.signal is not None:
        _tell_stop(stop, summary.records, command.rewards, command.run)
        raise typer.Exit(stop.exit_code)
    if command.conditions.problems(summary):
        raise typer.Exit(FINDINGS)


def _encoder_of(command: _Command, suite: Suite) -> RewardsEncoder | None:
    """Return what encodes rewards for the file of rewards; None without such a file."""
    return None if command.rewards is None else rewards_encoder(command.rewards, suite, keep=command.choice.keep)


def _refuse_file_of_run(rewards: Path, files: Iterable[Path]) -> None:
    """Refuse a file of rewards that would replace a file of the run, whether that is there yet or not."""
    for file in files:
        is_there = rewards.exists() and file.exists()
        if rewards.samefile(file) if is_there else os.path.realpath(rewards) == os.path.realpath(file):
            raise OutputError(str(rewards), f"is a file of the run {file.parent}", "name another file")


def _is_cluster(engine: Engine, address: str | None, local: Sequence[str]) -> bool:
    """Return whether a cluster scores; refuse the options of the other engine."""
    match engine:
        case "local":
            if address is not None:
                raise typer.BadParameter("--address needs --engine ray")
            return False
        case "ray":
            if local:
                raise typer.BadParameter(f"--engine ray takes no {', '.join(local)}; leave it out, or score here")
            return True
    assert_never(engine)


def _checked_conditions(given: Sequence[str]) -> list[str]:
    try:
        for each in given:
            parse_condition(each)
    except ValueError as error:
        raise typer.BadParameter(f"--where: {error}") from error
    return list(given)


@contextmanager
def _open_run(
    path: Path | None, suite: Suite, files: Sequence[Path], choice: Choice, processes: int
) -> Iterator[RunWriter | None]:
    """Open the run folder, if there is one."""
    if path is None:
        yield None
        return
    with open_run(path, manifest_of(suite, files, choice.options, BATCH_RECORDS), processes=processes) as writer:
        tell_damage(path, writer.damage)
        yield writer


def _manifest_in(writer: RunWriter | None) -> Manifest | None:
    return None if writer is None else writer.folder.manifest


def _source_rows_in(writer: RunWriter | None) -> int:
    """Return the number of rows of the data that a run folder has."""
    return 0 if writer is None else sum(each.source_rows for each in writer.folder.batches())


@contextmanager
def _naming_what_stays(run: Path | None, summary: Summary) -> Iterator[None]:
    """Add to an error of the system, such as a full disk, what the run folder has already."""
    try:
        yield
    except OSError as error:
        if run is not None and summary.records:
            error.add_note(f"{run} has the rewards of {summary.records:,} records; {_GOES_ON}")
        raise


class _StoppedError(Exception):
    """A signal stopped the job; raised so that a file of rewards that is not whole replaces nothing."""


def _tell_stop(stop: StopFlag, records: int, rewards: Path | None, run: Path | None) -> None:
    """Say what a stopped command has kept."""
    name = "" if stop.signal is None else stop.signal.name
    err.print(styled(f"rlvr: stopped by {name} after {records} records", style="bold red"))
    if run is not None:
        err.print(styled(f"  {run} has their rewards; {_GOES_ON}", limit=1_000))
    elif rewards is not None:
        err.print(styled(f"  {rewards} is as it was; with --run FOLDER the rewards stay", limit=1_000))


@contextmanager
def _open_rewards(
    path: Path | None, encoder: RewardsEncoder | None, inputs: Iterable[Path], stop: StopFlag
) -> Iterator[WriteEncoded]:
    """Open the file of rewards; without one, rewards are written nowhere. A stopped command leaves it as it was.

    Raises:
        _StoppedError: At the end of the block, if the command was stopped.
    """
    if path is None or encoder is None:
        yield lambda _rewards: None
        return
    with open_encoded_rewards(path, encoder, inputs=inputs) as write:
        yield write
        if stop.signal is not None:
            raise _StoppedError


def _meter_of(files: Sequence[Path], choice: Choice, known: int) -> Meter:
    """Return the meter of a job; a sample counts its own rows, all others the rows of the data."""
    total = row_count(files)
    if choice.limit is not None and not choice.where:
        total = choice.limit if total is None else min(total, choice.limit)
    if choice.sample is not None:
        size = choice.sample if total is None else min(total, choice.sample)
        return Meter(size, known=known, counts_positions=False)
    return Meter(total, known=known, counts_positions=True)


def _note(row: Row, survey: Survey) -> None:
    """Note which of the places that the suite names a row has."""
    if not row.problem:
        survey.note_paths(row.value)
