"""``rlvr aws layer build``: a layer for a suite, tried before it is published."""

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

layer = typer.Typer(help="Make a Lambda layer of a suite's plugins.", no_args_is_help=True)


@layer.callback()
def _layer() -> None:
    """Make a Lambda layer of a suite's plugins."""


@layer.command()
@spread_options
def build(
    suite: SuiteFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder for the zips.")] = Path("dist"),
    record: Annotated[
        Path | None,
        typer.Option(help="A file of records; the layer is tried with its first.", show_default=False),
    ] = None,
    *,
    options: LayerOptions,
    show: ShowOptions,
) -> None:
    """Build a layer: rlvr, the handler, the plugins that the suite names, and what they need, as wheels.

    It is imported where nothing else is installed; every scorer must be found there, and one record scored.
    """
    with errors_told(), exit_on_signal():
        from rlvr import load_suite
        from rlvr_aws.layer.build import built
        from rlvr_aws.layer.needs import needs_of

        target = options.target
        loaded = load_suite(suite)
        needs = needs_of(loaded, options.requirements)
        if show.dry_run:
            _show_needs(needs, output / f"{_name_of(target)}.zip", as_json=show.as_json)
            return
        row = None if record is None else _first_row(record)
        made = built(needs, loaded, target, byte_code=options.byte_code, row=row)
        tell_difference(made, loaded)
        paths = _write(made, output)
    if show.as_json:
        print_json(_as_values(made, paths))
    else:
        _draw(made, paths)


def tell_difference(made: Layer, suite: Suite) -> None:
    """Say it if a layer does not score as this environment does: their fingerprints tell, where the Python is one."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if made.trial is None or made.target.python != here or made.trial.fingerprint == suite.fingerprint:
        return
    words = f"the layer's fingerprint is {made.trial.fingerprint}, and this environment's {suite.fingerprint}"
    why = "a plugin's folder was changed after it was installed, or a plugin uses Lambda's boto3"
    err.print(styled(f"note: {words}: {why}", limit=500))


def _first_row(path: Path) -> Any:
    """Return the first row of a file of records."""
    from rlvr import RecordsError
    from rlvr.runs.rows import values_of

    row = next(values_of(path), None)
    if row is None:
        raise RecordsError(str(path), 0, "holds no records")
    return row


def _name_of(target: LayerTarget) -> str:
    """Return the name of a layer's file."""
    return f"rlvr-layer-{target.runtime}-{target.architecture}"


def _as_values(made: Layer, paths: list[Path]) -> dict[str, Any]:
    """Return a layer as JSON values; sizes are in bytes."""
    import msgspec

    return {
        "runtime": made.target.runtime,
        "architecture": made.target.architecture,
        "zipped": made.zipped,
        "unzipped": made.unzipped,
        "byte_code": made.byte_code,
        "archives": [
            {"path": str(path), "sha256": each.digest, "zipped": len(each.content), "unzipped": each.unzipped}
            for path, each in zip(paths, made.archives, strict=True)
        ],
        "distributions": msgspec.to_builtins(made.table),
        "trial": msgspec.to_builtins(made.trial),
    }


def _draw(made: Layer, paths: list[Path]) -> None:
    """Show what a layer is made of, how large it is, and what came of trying it."""
    from rlvr_aws.layer.archive import UNZIPPED_LIMIT_BYTES, ZIPPED_LIMIT_BYTES

    table = Table(title="Megabytes by distribution", title_justify="left")
    table.add_column("distribution", no_wrap=True)
    for name in ("files", "unzipped", "zipped"):
        table.add_column(name, justify="right", no_wrap=True)
    for size in made.table:
        table.add_row(styled(size.distribution), str(size.files), _megabytes(size.unzipped), _megabytes(size.zipped))
    table.add_section()
    files = sum(size.files for size in made.table)
    table.add_row("all", str(files), _megabytes(made.unzipped), _megabytes(made.zipped))
    table.add_row("Lambda's limit", "", _megabytes(UNZIPPED_LIMIT_BYTES), f"{_megabytes(ZIPPED_LIMIT_BYTES)} each")
    out.print(table)
    if made.trial is None:
        words = f"not imported: no Python {made.target.python} for {made.target.architecture} runs on this machine; "
        out.print(f"{words}metadata and compiled files were looked at instead")
    else:
        scorers = ", ".join(made.trial.scorers)
        out.print(styled(f"tried: found {scorers}; scored one record; fingerprint {made.trial.fingerprint}", limit=500))
        out.print(f"tried: import of the handler and the suite took {made.trial.import_seconds * 1e3:.0f} ms here")
    for path, each in zip(paths, made.archives, strict=True):
        out.print(styled(f"{path}: sha256 {each.digest}"))


def _show_needs(needs: Needs, path: Path, *, as_json: bool) -> None:
    wanted = [(need.name, need.version, need.place or "the index") for need in (*needs.roots, *needs.local)]
    if as_json:
        shown = [{"name": name, "version": version, "from": place} for name, version, place in wanted]
        pins = dict(needs.pins)
        print_json({"dry_run": True, "distributions": shown, "pins": pins, "with": needs.extra, "path": str(path)})
        return
    for name, version, place in wanted:
        out.print(styled(f"would install {name} {version} from {place}"))
    out.print(f"would take what these need in the versions that are here, {len(needs.pins)} of which are known")
    for each in needs.extra:
        out.print(styled(f"would install {each}"))
    out.print(styled(f"would write {path}"))


def _write(made: Layer, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    name = _name_of(made.target)
    paths = []
    for number, each in enumerate(made.archives, start=1):
        path = folder / (f"{name}.zip" if len(made.archives) == 1 else f"{name}-{number}.zip")
        path.write_bytes(each.content)
        paths.append(path)
    return paths


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f}"
