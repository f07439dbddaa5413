"""``rlvr aws policy``: print the permissions that a command needs, or that the role of a HyperPod cluster needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from rlvr.cli.console import errors_told, print_json
from rlvr_aws.account.options import AccountOptions, ShowOptions, spread_options
from rlvr_aws.account.plan_console import show_calls


@spread_options
def policy(
    command: Annotated[
        str,
        typer.Argument(
            help="A command, such as deploy or 'job submit', or hyperpod, or function; all commands by default."
        ),
    ] = "all",
    name: Annotated[
        str | None, typer.Option(help="For hyperpod and function: the function's name.", show_default=False)
    ] = None,
    suite: Annotated[
        str, typer.Option(help="For function: its suite, a file or an address in AWS.", show_default=False)
    ] = "",
    *,
    account: AccountOptions,
    show: ShowOptions,
) -> None:
    """Print the smallest IAM policy that the credentials need to run a command.

    `hyperpod` is for the role of a HyperPod cluster, which must call the function, and `function` for the role of the
    function of a suite, which must ask the models of its judges. The output is JSON in any case.
    """
    with errors_told():
        from rlvr_aws.deploy.policies import policy_for

        if show.dry_run:  # only the policies of roles need a call, for the number of the account
            is_of_role = command in {"hyperpod", "function"}
            show_calls([("sts:GetCallerIdentity", {})] if is_of_role else [], as_json=show.as_json)
            return
        if command == "function":
            print_json(_function(name, suite, account))
            return
        if command == "hyperpod":
            print_json(_hyperpod(name, account))
            return
        calls = calls_of_commands()
        chosen = {
            each: needed for each, needed in calls.items() if command == "all" or f"{each} ".startswith(f"{command} ")
        }
        if not chosen:
            known = ", ".join(("hyperpod", "function", *calls))
            raise typer.BadParameter(f"{command!r} makes no call to AWS; these do: {known}", param_hint="COMMAND")
        passed_to = [service for each, service in services_of_commands().items() if each in chosen]
        print_json(policy_for((call for needed in chosen.values() for call in needed), passed_to))


def calls_of_commands() -> Mapping[str, tuple[str, ...]]:
    """Return the permissions that each command needs, by its words."""
    from rlvr_aws import job, watch
    from rlvr_aws.data import storage
    from rlvr_aws.deploy import deployment_plan
    from rlvr_handler.suite_source import PERMISSIONS

    deploy = (*deployment_plan.CALLS, *PERMISSIONS)
    return {"deploy": deploy, "template": PERMISSIONS, "check-data": storage.CALLS, **job.CALLS, **watch.CALLS}


def services_of_commands() -> Mapping[str, str]:
    """Return the service that each command passes a role to, by its words."""
    from rlvr_aws import job
    from rlvr_aws.deploy import deployment_plan

    return {"deploy": deployment_plan.PASSED_TO, **job.PASSED_TO}


def _hyperpod(name: str | None, account: AccountOptions) -> dict[str, object]:
    from rlvr_aws.deploy.deployment import Deployment, check_deployment
    from rlvr_aws.deploy.policies import Place, platform_policy

    if name is None:
        raise typer.BadParameter("give the name of the function that the cluster calls", param_hint="--name")
    aws = account.aws()
    place = Place(aws.partition, aws.region, aws.account)
    deployment = Deployment(name=name, suite="", platforms=("hyperpod",))
    check_deployment(deployment)
    return platform_policy(deployment, place)


def _function(name: str | None, suite: str, account: AccountOptions) -> dict[str, object]:
    from rlvr_aws.deploy.deployment_options import DeploymentOptions, deployment_from
    from rlvr_aws.deploy.policies import Place, function_policy
    from rlvr_aws.layer.target import LayerTarget

    if not suite:
        raise typer.BadParameter("give the suite of the function", param_hint="--suite")
    aws = account.aws()
    _, deployment = deployment_from(suite, DeploymentOptions(name=name), LayerTarget(), aws)
    return function_policy(deployment, Place(aws.partition, aws.region, aws.account))
