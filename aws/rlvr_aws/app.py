"""The group ``rlvr aws``, put together from the commands of each folder."""

from __future__ import annotations

import typer

from rlvr_aws.data.check_data_command import check_data
from rlvr_aws.deploy.deploy_command import deploy
from rlvr_aws.deploy.policy_command import policy
from rlvr_aws.deploy.template_command import template
from rlvr_aws.job.job_command import job
from rlvr_aws.job.recipe.recipe_command import recipe
from rlvr_aws.layer.bundle_command import bundle
from rlvr_aws.layer.layer_command import layer
from rlvr_aws.watch.advice_command import advice
from rlvr_aws.watch.dashboard_command import dashboard
from rlvr_aws.watch.queries_command import queries
from rlvr_aws.watch.watch_command import watch

aws = typer.Typer(
    name="aws",
    help="Deploy a suite on AWS, and run reinforcement fine-tuning with it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 findings, 2 usage, configuration or AWS error.",
)

# In the order in which they are needed on the way from a suite to a job.
aws.add_typer(layer, name="layer")
aws.command("bundle")(bundle)
aws.command("deploy")(deploy)
aws.command("template")(template)
aws.command("policy")(policy)
aws.command("check-data")(check_data)
aws.add_typer(recipe, name="recipe")
aws.add_typer(job, name="job")
aws.command("dashboard")(dashboard)
aws.command("watch")(watch)
aws.command("queries")(queries)
aws.command("advice")(advice)
