"""``rlvr aws layer build``: build a layer for a suite, and test it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from rlvr.cli.console import err, errors_told, out, print_json, styled
from rlvr_aws.account.options import ShowOptions, SuiteFile, spread_options
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.layer.layer_options import LayerOptions

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.layer.build import Layer
    from rlvr_aws.layer.needs import Needs
    from rlvr_aws.layer.target import LayerTarget

layer = typer.Typer(help="Build the Lambda layer of a suite.", no_args_is_help=True)


@layer.callback()
def _layer() -> None:
    """Build the Lambda layer of a suite."""


@layer.command()
@spread_options
def build(
    suite: SuiteFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder for the zips.")] = Path("dist"),
    record: Annotated[
        Path | None,
        typer.Option(help="A file of records; the layer is tested with the first.", show_default=False),
    ] = None,
    *,
    options: LayerOptions,
    show: ShowOptions,
) -> None:
    """Build a layer: rlvr, the handler, the plugins that the suite names, and their requirements, as wheels.

    The layer is tested in an empty environment, where it must be imported, find every scorer, and score one record.
    """
    with errors_told(), exit_on_signal():
        from rlvr import load_suite
        from rlvr_aws.layer.build import build_from
        from rlvr_aws.layer.needs import needs_of

        target = options.target
        loaded = load_suite(suite)
        needs = needs_of(loaded, options.requirements, options.without)
        if show.dry_run:
            _show_needs(needs, output / f"{_name_of(target)}.zip", as_json=show.as_json)
            return
        row = None if record is None else _first_row(record)
        built = build_from(needs, loaded, target, byte_code=options.byte_code, row=row)
        warn_of_difference(built, loaded)
        paths = _write(built, output)
    if show.as_json:
        print_json(_as_json(built, paths))
    else:
        _draw(built, paths)


def warn_of_difference(built: Layer, suite: Suite) -> None:
    """Print a note if a layer of the same Python has another fingerprint than this environment."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if built.trial is None or built.target.python != here or built.trial.fingerprint == suite.fingerprint:
        return
    words = f"the layer's fingerprint is {built.trial.fingerprint}, and that of this environment is {suite.fingerprint}"
    why = "a plugin's folder was changed after its installation, or a plugin uses Lambda's boto3"
    err.print(styled(f"note: {words}: {why}", limit=500))


def _first_row(path: Path) -> Any:
    """Return the first row of a file of records."""
    from rlvr import RecordsError
    from rlvr.runs import values_of

    row = next(values_of(path), None)
    if row is None:
        raise RecordsError(str(path), 0, "contains no records")
    return row


def _name_of(target: LayerTarget) -> str:
    """Return the name of a layer's file."""
    return f"rlvr-layer-{target.runtime}-{target.architecture}"


def _as_json(built: Layer, paths: list[Path]) -> dict[str, Any]:
    """Return a layer as JSON values; sizes are in bytes."""
    import msgspec

    return {
        "runtime": built.target.runtime,
        "architecture": built.target.architecture,
        "zipped": built.zipped,
        "unzipped": built.unzipped,
        "byte_code": built.byte_code,
        "without": built.without,
        "archives": [
            {"path": str(path), "sha256": each.digest, "zipped": len(each.content), "unzipped": each.unzipped}
            for path, each in zip(paths, built.archives, strict=True)
        ],
        "distributions": msgspec.to_builtins(built.table),
        "trial": msgspec.to_builtins(built.trial),
    }


def _draw(built: Layer, paths: list[Path]) -> None:
    """Print the distributions of a layer, their sizes, and the result of the test."""
    from rlvr_aws.layer.archive import UNZIPPED_LIMIT_BYTES, ZIPPED_LIMIT_BYTES

    table = Table(title="Megabytes by distribution", title_justify="left")
    table.add_column("distribution", no_wrap=True)
    for name in ("files", "unzipped", "zipped"):
        table.add_column(name, justify="right", no_wrap=True)
    for size in built.table:
        table.add_row(styled(size.distribution), str(size.files), _megabytes(size.unzipped), _megabytes(size.zipped))
    table.add_section()
    files = sum(size.files for size in built.table)
    table.add_row("all", str(files), _megabytes(built.unzipped), _megabytes(built.zipped))
    table.add_row("Lambda's limit", "", _megabytes(UNZIPPED_LIMIT_BYTES), f"{_megabytes(ZIPPED_LIMIT_BYTES)} each")
    out.print(table)
    if built.trial is None:
        words = f"not imported: no Python {built.target.python} for {built.target.architecture} runs on this machine; "
        out.print(f"{words}its metadata and compiled files were checked instead")
    else:
        scorers = ", ".join(built.trial.scorers)
        out.print(
            styled(f"tested: found {scorers}; scored one record; fingerprint {built.trial.fingerprint}", limit=500)
        )
        out.print(f"tested: import of the handler and the suite took {built.trial.import_seconds * 1e3:.0f} ms here")
        for name, state in built.trial.findings.items():
            out.print(styled(f"tested: {name}: {state}", limit=500))
    for name in built.without:
        out.print(styled(f"left out: {name}; what needs it says so in the reason of its score"))
    for path, each in zip(paths, built.archives, strict=True):
        out.print(styled(f"{path}: sha256 {each.digest}"))


def _show_needs(needs: Needs, path: Path, *, as_json: bool) -> None:
    listed = [(need.name, need.version, need.place or "the index") for need in (*needs.roots, *needs.local)]
    if as_json:
        shown = [{"name": name, "version": version, "from": place} for name, version, place in listed]
        pins = dict(needs.pins)
        more = {"with": needs.extra, "without": needs.without}
        print_json({"dry_run": True, "distributions": shown, "pins": pins, **more, "path": str(path)})
        return
    for name, version, place in listed:
        out.print(styled(f"would install {name} {version} from {place}"))
    out.print(
        f"would install their requirements in the versions of this environment, {len(needs.pins)} of which are known"
    )
    for each in needs.extra:
        out.print(styled(f"would install {each}"))
    for each in needs.without:
        out.print(styled(f"would leave out {each}"))
    out.print(styled(f"would write {path}"))


def _write(built: Layer, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    name = _name_of(built.target)
    paths = []
    for number, each in enumerate(built.archives, start=1):
        path = folder / (f"{name}.zip" if len(built.archives) == 1 else f"{name}-{number}.zip")
        path.write_bytes(each.content)
        paths.append(path)
    return paths


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f}"
