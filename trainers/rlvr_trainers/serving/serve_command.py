"""``rlvr serve``: a suite as a service over HTTP."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rlvr.cli.console import WRONG, err, errors_told, styled, tell_error
from rlvr.distributions import how_to_install


def serve(
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    *,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="The port; 0 for a free one.")] = 8000,
    token: Annotated[
        str,
        typer.Option(
            "--token", envvar="RLVR_TOKEN", help="What clients must show as bearer token.", show_default=False
        ),
    ] = "",
    processes: Annotated[int, typer.Option("--processes", min=1, max=256, help="Processes that share the port.")] = 1,
    deadline: Annotated[float, typer.Option("--deadline", min=0.1, help="Seconds for a request.")] = 60.0,
    body_limit_mb: Annotated[
        float, typer.Option("--body-limit-mb", min=0.001, help="The largest body of a request, in megabytes.")
    ] = 32.0,
    max_requests: Annotated[
        int, typer.Option("--max-requests", min=1, help="Requests at a time in a process; more get status 503.")
    ] = 1_000,
) -> None:
    """Serve a suite over HTTP, in the contracts of trainers and platforms; a page at / explains a row.

    SIGTERM and Ctrl-C end it once the requests that run are answered.
    """
    if find_spec("uvicorn") is None:
        tell_error(f"uvicorn is not installed; run {how_to_install('rlvr-trainers[serve]')}")
        raise typer.Exit(WRONG)
    with errors_told():
        from rlvr_trainers.bridge import suite_of
        from rlvr_trainers.serving.server import ServiceOptions, run_server
        from rlvr_trainers.serving.service import Limits

        suite_of(suite)  # an error in it is told before a process starts
        options = ServiceOptions(
            suite=str(suite.resolve()),
            host=host,
            port=port,
            token=token,
            processes=processes,
            limits=Limits(body_mb=body_limit_mb, deadline_seconds=deadline, requests=max_requests),
        )
        if not (options.is_local or token):
            err.print(styled("warning: everybody who reaches this address can ask for rewards; give a --token"))
        run_server(options)
