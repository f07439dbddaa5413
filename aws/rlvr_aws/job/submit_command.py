"""``rlvr aws job submit``: one command per platform, each with the options of that platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
import typer
from msgspec import Meta, Struct
from typer.core import TyperGroup

from rlvr.cli.console import errors_told
from rlvr_aws.account.options import AccountOptions, PlanOptions, spread_options
from rlvr_aws.account.plan_console import show_calls
from rlvr_aws.job.job_console import account_for, carry_out_for_job
from rlvr_aws.job.requests import BedrockOrder, EvaluationOrder, JobOrder, TrainingOrder

if TYPE_CHECKING:
    from rlvr_aws.account.arn import FunctionArn
    from rlvr_aws.job.recipe.evaluator import Registration
    from rlvr_aws.job.submission import Order

_CONFIGURATION_BYTES = 1_000_000
_JOB, _FUNCTION = "The job", "The reward function"  # panels of the help pages


class _Submit(TyperGroup):
    """The group of platforms; it names the new spelling where the platform is given as an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # a context of the click that typer contains
        for place, word in enumerate(args):
            option, _, value = word.partition("=")
            if option == "--platform":
                platform = value or next(iter(args[place + 1 :]), "PLATFORM")
                message = f"the platform is a command: rlvr aws job submit {platform} …"
                raise typer.BadParameter(message, ctx, param_hint="--platform")
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


submit = typer.Typer(
    name="submit",
    cls=_Submit,
    help=(
        "Submit a job. The plan is shown first, and only --yes acts on it. Run twice, it is still one job.\n\n"
        "Each platform has a command with its own options."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class EvaluatorOptions(Struct, frozen=True, kw_only=True):
    """The evaluator that a serverless job uses: a registered one, or the function that is registered as one."""

    panel: ClassVar[str] = _FUNCTION

    function: Annotated[str | None, Meta(description="ARN of the reward function.", extra={"metavar": "ARN"})] = None
    evaluator: Annotated[
        str | None, Meta(description="ARN of a registered evaluator, instead of --function.", extra={"metavar": "ARN"})
    ] = None
    evaluator_name: Annotated[
        str | None, Meta(description="Name to register the function under; derived from its own by default.")
    ] = None
    hub: Annotated[str | None, Meta(description="Hub to register it in; the account's registry by default.")] = None

    def resolve(self) -> tuple[Registration, FunctionArn]:
        """Return the evaluator, and its place as a function's ARN: partition, region and account.

        Raises:
            typer.BadParameter: Not exactly one of function and evaluator is given, or an evaluator has a new name.
            DeploymentError: An ARN or a name breaks a rule.
        """
        from rlvr_aws.account.arn import plain_function_of
        from rlvr_aws.job.recipe.evaluator import Registration, owner_of, registration_of

        if (self.function is None) == (self.evaluator is None):
            raise typer.BadParameter("give either --function ARN or --evaluator ARN")
        if self.evaluator is not None:
            if self.evaluator_name is not None or self.hub is not None:
                raise typer.BadParameter("is registered already; --evaluator-name and --hub go with --function")
            return Registration(arn=self.evaluator), owner_of(self.evaluator)
        function = plain_function_of(self.function or "", "SageMaker's evaluator")
        return registration_of(function, name=self.evaluator_name, hub=self.hub), function


class ServerlessOptions(Struct, frozen=True, kw_only=True):
    """Further options of every serverless job on SageMaker."""

    panel: ClassVar[str] = _JOB

    hyper_parameters: Annotated[
        tuple[str, ...],
        Meta(
            description="A hyperparameter; may be repeated.",
            extra={"flag": "--hyperparameter", "metavar": "NAME=VALUE"},
        ),
    ] = ()
    accept_eula: Annotated[bool, Meta(description="Accept the model's licence.")] = False

    def pairs(self) -> dict[str, str]:
        """Return the hyperparameters by name.

        Raises:
            typer.BadParameter: One is not NAME=VALUE.
        """
        return dict(_pair(each) for each in self.hyper_parameters)


@submit.command()
@spread_options
def bedrock(
    *,
    common: JobOrder,
    function: Annotated[
        str | None,
        typer.Option(help="ARN of the reward function.", metavar="ARN", show_default=False, rich_help_panel=_FUNCTION),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="What `rlvr aws recipe bedrock` printed, instead of --function.",
            show_default=False,
            rich_help_panel=_FUNCTION,
        ),
    ] = None,
    validation: Annotated[
        list[str] | None,
        typer.Option(
            help="s3:// address of rows for validation; may be repeated, up to 10.",
            show_default=False,
            rich_help_panel=_JOB,
        ),
    ] = None,
    model_name: Annotated[
        str,
        typer.Option(help="Name of the tuned model; the job's by default.", show_default=False, rich_help_panel=_JOB),
    ] = "",
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Tune a Nova model on Bedrock with the function's rewards."""
    from rlvr_aws.job.recipe.bedrock import grader_of

    if (config is None) == (function is None):
        raise typer.BadParameter("give either --config FILE or --function ARN")
    with errors_told():
        configuration = _configuration(config, function)
        order = BedrockOrder(
            **msgspec.structs.asdict(common),
            configuration=configuration,
            validation=tuple(validation or ()),
            model_name=model_name,
        )
        _submit(order, grader_of(configuration).arn, account, plan_options)


@submit.command()
@spread_options
def sagemaker(
    *,
    common: JobOrder,
    evaluator: EvaluatorOptions,
    validation: Annotated[
        list[str] | None,
        typer.Option(help="s3:// address of rows for validation.", show_default=False, rich_help_panel=_JOB),
    ] = None,
    model_package_group: Annotated[
        str | None,
        typer.Option(
            help="Group for the tuned model; the job's name by default.", show_default=False, rich_help_panel=_JOB
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Tune all weights instead of LoRA.", rich_help_panel=_JOB)
    ] = False,
    serverless: ServerlessOptions,
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Tune a model on SageMaker without servers of yours; the function is registered as an evaluator first."""
    from rlvr_aws.job.requests import account_of, group_arn

    with errors_told():
        registration, function = evaluator.resolve()
        group = group_arn(function, account_of(common.role), model_package_group or common.name)
        order = TrainingOrder(
            **msgspec.structs.asdict(common),
            evaluator=registration,
            hyper_parameters=serverless.pairs(),
            accept_eula=serverless.accept_eula,
            model_package_group=group,
            validation=tuple(validation or ()),
            lora=not full,
        )
        _submit(order, evaluator.evaluator or function.arn, account, plan_options)


@submit.command()
@spread_options
def evaluation(
    *,
    common: JobOrder,
    evaluator: EvaluatorOptions,
    tuned: Annotated[
        str, typer.Option(help="ARN of the tuned model's package.", show_default=False, rich_help_panel=_JOB)
    ],
    serverless: ServerlessOptions,
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Score the base model and the tuned one on the same rows; `rlvr aws job result` compares them."""
    with errors_told():
        registration, function = evaluator.resolve()
        order = EvaluationOrder(
            **msgspec.structs.asdict(common),
            evaluator=registration,
            hyper_parameters=serverless.pairs(),
            accept_eula=serverless.accept_eula,
            tuned=tuned,
        )
        _submit(order, evaluator.evaluator or function.arn, account, plan_options)


def _submit(order: Order, arn: str, account: AccountOptions, options: PlanOptions) -> None:
    """Carry out the plan of an order in the account, in the region of an ARN that the job calls."""
    from rlvr_aws.job.submission import calls_for, steps_for

    if options.dry_run:
        show_calls(calls_for(order), as_json=options.as_json)
        return
    aws = account_for(arn, account)
    carry_out_for_job(steps_for(aws, order), order.name, options)


def _configuration(file: Path | None, function: str | None) -> dict[str, Any]:
    from rlvr_aws.account.errors import DeploymentError
    from rlvr_aws.job.recipe.bedrock import customization_config

    if file is None:
        return customization_config(function or "")
    hint = "write it with `rlvr aws recipe bedrock ARN -o FILE`"
    try:
        with file.open("rb") as opened:
            document = json.loads(opened.read(_CONFIGURATION_BYTES))
    except OSError as error:
        raise DeploymentError(str(file), f"cannot be read: {error.strerror or error}", hint) from error
    except (ValueError, RecursionError) as error:
        raise DeploymentError(str(file), f"is not valid JSON: {error}", hint) from error
    if not isinstance(document, dict) or "rftConfig" not in document:
        raise DeploymentError(str(file), "is not a customizationConfig with an rftConfig", hint)
    return document


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{given!r} is not NAME=VALUE", param_hint="--hyperparameter")
    return name, value
