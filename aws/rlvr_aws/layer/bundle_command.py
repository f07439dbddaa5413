"""``rlvr aws bundle``: write a suite as one Python file."""

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
    """Write one Python file for a suite whose plugins are pure Python, for ways into AWS that accept no layer.

    It passes the check that AWS's SDKs make by `exec`, and is a complete function: FILE.lambda_handler.
    """
    with errors_told(), exit_on_signal():
        from rlvr import load_suite
        from rlvr.runs import DASH, open_output
        from rlvr_aws.layer.bundle import BUNDLE_PYTHONS, bundle_of
        from rlvr_aws.layer.needs import needs_of

        loaded = load_suite(suite)
        if show.dry_run:
            needs = needs_of(loaded, options.requirements, options.without)
            names = [f"{need.name} {need.version}" for need in (*needs.roots, *needs.local)]
            document = {"dry_run": True, "path": str(output), "distributions": names, "pythons": list(BUNDLE_PYTHONS)}
        else:
            bundled = bundle_of(loaded, options.requirements, without=options.without)
            with open_output(output, inputs=(suite,)) as file:
                file.write(bundled.text)
            document = {
                "path": str(output),
                "bytes": len(bundled.text),
                "sha256": bundled.digest,
                "distributions": list(bundled.distributions),
            }
    if output == DASH and not show.dry_run:
        return  # the file itself was printed
    if show.as_json:
        print_json(document)
        return
    if show.dry_run:
        out.print(styled(f"would write {output} with {', '.join(names)}, for Python {', '.join(BUNDLE_PYTHONS)}"))
        return
    out.print(styled(f"{output}: {len(bundled.text) / 1e6:.2f} MB, sha256 {bundled.digest}"))
    out.print(styled(f"with {', '.join(bundled.distributions)}", limit=2_000))
    out.print(styled(f"handler: {output.stem}.lambda_handler; runtime: python3.12 or newer"))
