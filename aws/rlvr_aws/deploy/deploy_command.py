"""``rlvr aws deploy``: deploy the layer, function, roles and log of a suite, by a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from rlvr.cli.console import err, errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, PlanOptions, spread_options
from rlvr_aws.account.plan_console import carry_out, exit_on_signal
from rlvr_aws.deploy.deployment_options import DeploymentOptions, SuiteArgument, deployment_from, included_files
from rlvr_aws.layer.layer_command import warn_of_difference
from rlvr_aws.layer.layer_options import LayerOptions


@spread_options
def deploy(
    suite: SuiteArgument,
    bucket: Annotated[str, typer.Option(help="A bucket for a layer of more than 50 MB.", show_default=False)] = "",
    *,
    options: DeploymentOptions,
    layer_options: LayerOptions,
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Deploy a suite: build, test and publish its layer, and create or update the function, its log and the roles.

    The plan is shown; --yes carries it out. You can run it again: unchanged resources are left alone, and nothing is
    ever deleted.
    """
    with errors_told(), exit_on_signal():
        from rlvr_aws.deploy.deployment_plan import DeploymentPlan, notes_of
        from rlvr_aws.deploy.package import package_of
        from rlvr_aws.deploy.suite_needs import timeout_note
        from rlvr_aws.layer.build import build_layer
        from rlvr_aws.simulate.memory_notes import memory_notes

        aws = account.aws()
        loaded, deployment = deployment_from(suite, options, layer_options.target, aws)
        notes = [*memory_notes(loaded, deployment.memory_megabytes), timeout_note(loaded, deployment.timeout_seconds)]
        for note in filter(None, notes):
            err.print(styled(f"note: {note}", limit=500))
        _ = aws.partition, aws.account  # both must be known before the layer is built
        err.print("build and test the layer")
        included = included_files(options.include)
        layer = build_layer(
            loaded,
            deployment.target,
            extra=layer_options.requirements,
            without=layer_options.without,
            byte_code=layer_options.byte_code,
            own_files=included,
        )
        warn_of_difference(layer, loaded)
        package = package_of(loaded, deployment, included)
        plan = DeploymentPlan(aws, deployment, layer, package, bucket)
        outcome = carry_out(plan.steps(), plan_options)
    if plan_options.as_json:
        print_json({**outcome, "arns": plan.arns()})
        return
    for each, arn in plan.arns().items():
        out.print(styled(f"{each}: {arn}"))
    for note in notes_of(deployment):
        out.print(styled(note, limit=500))
