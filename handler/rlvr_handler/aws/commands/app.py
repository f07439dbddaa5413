"""The group ``rlvr aws``."""

from __future__ import annotations

import typer

from rlvr_handler.aws.commands.advice import advice
from rlvr_handler.aws.commands.bundle import bundle
from rlvr_handler.aws.commands.check_data import check_data
from rlvr_handler.aws.commands.dashboard import dashboard
from rlvr_handler.aws.commands.deploy import deploy
from rlvr_handler.aws.commands.job import job
from rlvr_handler.aws.commands.layer import layer
from rlvr_handler.aws.commands.policy import policy
from rlvr_handler.aws.commands.queries import queries
from rlvr_handler.aws.commands.recipe import recipe
from rlvr_handler.aws.commands.template import template
from rlvr_handler.aws.commands.watch import watch

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
