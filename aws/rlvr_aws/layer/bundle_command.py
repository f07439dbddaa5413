"""``rlvr aws bundle``: a suite as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_aws.account.options import ShowOptions, SuiteFile, spread_options
from rlvr_aws.account.plan_console import exit_on_signal
from rlvr_aws.layer.layer_options import RequirementOptions


@spread_options
def bundle(
    suite: SuiteFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("reward_function.py"),
    *,
    options: RequirementOptions,
    show: ShowOptions,
) -> None:
    """Make one Python file of a suite whose plugins are pure Python; for ways into AWS that take no layer.

    It passes the check that AWS's SDKs make by `exec`, and is a whole function: FILE.lambda_handler.
    """
    with errors_told(), exit_on_signal():
        from rlvr import load_suite
        from rlvr_aws.layer.bundle import BUNDLE_PYTHONS, bundle_of
        from rlvr_aws.layer.needs import needs_of

        loaded = load_suite(suite)
        if show.dry_run:
            needs = needs_of(loaded, options.requirements)
            names = [f"{need.name} {need.version}" for need in (*needs.roots, *needs.local)]
            told = {"dry_run": True, "path": str(output), "distributions": names, "pythons": list(BUNDLE_PYTHONS)}
        else:
            made = bundle_of(loaded, options.requirements)
            output.write_text(made.text, encoding="utf-8")
            told = {
                "path": str(output),
                "bytes": len(made.text),
                "sha256": made.digest,
                "distributions": list(made.distributions),
            }
    if show.as_json:
        print_json(told)
        return
    if show.dry_run:
        out.print(styled(f"would write {output} with {', '.join(names)}, for Python {', '.join(BUNDLE_PYTHONS)}"))
        return
    out.print(styled(f"{output}: {len(made.text) / 1e6:.2f} MB, sha256 {made.digest}"))
    out.print(styled(f"with {', '.join(made.distributions)}", limit=2_000))
    out.print(styled(f"handler: {output.stem}.lambda_handler; runtime: python3.12 or newer"))
