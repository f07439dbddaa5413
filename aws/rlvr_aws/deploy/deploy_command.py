"""``rlvr aws deploy``: layer, function, roles and log of a suite, by a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from rlvr.cli.console import err, errors_told, out, print_json, styled
from rlvr_aws.account.options import AsJson, DryRun, Profile, Region, Yes, carried_out, tidy
from rlvr_aws.deploy.deployment_options import (
    DataOption,
    EnvelopeOption,
    EnvOption,
    IncludeOption,
    MemoryOption,
    NameOption,
    OutputDataOption,
    PlatformOption,
    ReservedOption,
    RetentionOption,
    SuiteArgument,
    TimeoutOption,
    deployment_from,
    included_files,
)
from rlvr_aws.layer.layer_command import (
    ArchitectureOption,
    ByteCodeOption,
    PythonOption,
    WithOption,
    tell_difference,
)


def deploy(
    suite: SuiteArgument,
    name: NameOption = None,
    platform: PlatformOption = None,
    data: DataOption = None,
    output_data: OutputDataOption = "",
    python: PythonOption = "3.13",
    architecture: ArchitectureOption = "x86_64",
    memory: MemoryOption = 512,
    timeout: TimeoutOption = 60,
    envelope: EnvelopeOption = "list",
    env: EnvOption = None,
    reserved: ReservedOption = None,
    retention: RetentionOption = 30,
    extra: WithOption = None,
    include: IncludeOption = None,
    byte_code: ByteCodeOption = False,
    bucket: Annotated[
        str, typer.Option(help="A bucket to send a layer of more than 50 MB by.", show_default=False)
    ] = "",
    region: Region = None,
    profile: Profile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Deploy a suite: build and try its layer, publish it, make or update the function, its log, and the roles.

    The plan is shown; --yes carries it out. Run it as often as you like: what is as it should be is kept, and nothing
    is ever deleted.
    """
    with errors_told(), tidy():
        from rlvr_aws.account.session import Aws
        from rlvr_aws.deploy.package import package_of
        from rlvr_aws.deploy.steps import DeploymentPlan, notes_of
        from rlvr_aws.layer.build import build_layer

        aws = Aws(region=region, profile=profile)
        loaded, deployment = deployment_from(
            suite,
            aws=aws,
            name=name,
            platform=platform,
            data=data,
            output_data=output_data,
            python=python,
            architecture=architecture,
            memory=memory,
            timeout=timeout,
            envelope=envelope,
            env=env,
            reserved=reserved,
            retention=retention,
        )
        _ = aws.partition, aws.account  # whether both are known, before the layer is built
        err.print("building the layer, and trying it")
        included = included_files(include or ())
        layer = build_layer(loaded, deployment.target, extra=extra or (), byte_code=byte_code, beside=included)
        tell_difference(layer, loaded)
        package = package_of(loaded, deployment, included)
        plan = DeploymentPlan(aws, deployment, layer, package, bucket)
        told = carried_out(plan.steps(), acts=yes and not dry_run, as_json=as_json)
    if as_json:
        print_json({**told, "arns": plan.arns()})
        return
    for each, arn in plan.arns().items():
        out.print(styled(f"{each}: {arn}"))
    for note in notes_of(deployment):
        out.print(styled(note, limit=500))
