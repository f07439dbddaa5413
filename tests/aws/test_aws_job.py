"""``rlvr aws job``: submitted once, watched, stopped, compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner, Result

from rlvr_aws.account.arn import function_of
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import has_changes, take
from rlvr_aws.account.service_model import problems
from rlvr_aws.account.session import Aws
from rlvr_aws.job import CALLS, PASSED_TO
from rlvr_aws.job import job_command as command_module
from rlvr_aws.job import submit_command as submit_module
from rlvr_aws.job.job_command import job
from rlvr_aws.job.lookup import Job, Service, jobs_of, metrics_of, phases_of, poll_jobs, stop_step
from rlvr_aws.job.recipe.bedrock import customization_config
from rlvr_aws.job.recipe.evaluator import Registration, owner_of, registration_of
from rlvr_aws.job.requests import (
    BedrockOrder,
    EvaluationOrder,
    TrainingOrder,
    account_of,
    bedrock_request,
    evaluation_requests,
    group_arn,
    same_training,
    training_request,
)
from rlvr_aws.job.results import compare_metrics, evaluation_metrics, metrics_files_of, output_of
from rlvr_aws.job.submission import Order, calls_for, steps_for

ARN = "arn:aws:lambda:us-east-1:123456789012:function:SageMaker-gsm8k"
ROLE = "arn:aws:iam::123456789012:role/rft"
NOVA = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/nova-textgeneration-lite-v2/1.0.0"
OPEN = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/huggingface-reasoning-qwen3-32b/1.0.0"
GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/gsm8k"
TUNED = "arn:aws:sagemaker:us-east-1:123456789012:model-package/gsm8k/3"
HUB = "arn:aws:sagemaker:us-east-1:123456789012:hub-content/H/JsonDoc/E/1.0.0"
ROWS, OUT = "s3://rows-of-ours/train.jsonl", "s3://rows-of-ours/out"
BEDROCK = ("bedrock", "--role", ROLE, "--base-model", "amazon.nova-2-lite-v1:0:256k", "--data", ROWS)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in an account of nobody's, in memory."""
    for name, value in (
        ("ACCESS_KEY_ID", "AKIANOBODY"),
        ("SECRET_ACCESS_KEY", "secret"),
        ("DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


class Account(Aws):
    """SageMaker's hubs and serverless jobs, which moto does not keep; each request is held against botocore's model."""

    def __init__(self) -> None:
        super().__init__(region="us-east-1")
        self.calls: list[str] = []
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Keep what is created, tell what is described; S3 is moto's."""
        if service == "s3":
            return super().call(service, operation, **parameters)
        if service == "sts":
            self.calls.append("sts:GetCallerIdentity")
            return {"Account": ROLE.split(":")[4]}
        name = "".join(part.title() for part in operation.split("_"))
        assert problems(service, name, parameters) == []
        self.calls.append(f"{service}:{name}")
        verb, _, thing = operation.replace("import", "create", 1).partition("_")
        return self._done(verb, thing, parameters)

    def _done(self, verb: str, thing: str, parameters: dict[str, Any]) -> dict[str, Any]:
        key = next(str(value) for name, value in parameters.items() if name in _KEYS)
        if verb == "create":
            self.kept[thing, key] = {**parameters, "HubContentStatus": "Available"}
        elif verb == "stop":
            self.kept[thing, key]["TrainingJobStatus"] = "Stopping"
        elif (thing, key) not in self.kept:
            raise AwsError("", "Could not find requested job", "", code="ValidationException")
        told = {"TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{key}"}
        return {"TrainingJobStatus": "InProgress", **told, **self.kept[thing, key]}


_KEYS = ("HubContentName", "TrainingJobName", "ModelPackageGroupName", "jobIdentifier", "HubName")


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "120", "TERM": "dumb"}).invoke(job, list(words))


def _common(base_model: str) -> dict[str, Any]:
    return {"name": "gsm8k-1", "role": ROLE, "base_model": base_model, "training": ROWS, "output": OUT}


def _bedrock_order(**changes: Any) -> BedrockOrder:
    values = {**_common("amazon.nova-2-lite-v1:0:256k"), "configuration": customization_config(f"{ARN}:live")}
    return BedrockOrder(**(values | changes))


def _training_order(**changes: Any) -> TrainingOrder:
    values = {**_common(NOVA), "evaluator": _registration(), "model_package_group": GROUP}
    return TrainingOrder(**(values | changes))


def _evaluation_order(**changes: Any) -> EvaluationOrder:
    values = {**_common(NOVA), "evaluator": _registration(), "tuned": TUNED}
    return EvaluationOrder(**(values | changes))


ORDERS: Mapping[str, Callable[..., Order]] = {
    "bedrock": _bedrock_order,
    "sagemaker": _training_order,
    "evaluation": _evaluation_order,
}
REGISTERED = Registration(arn=HUB)


def _registration() -> Registration:
    return registration_of(function_of(ARN))


def _submit(aws: Account, order: Order) -> list[str]:
    """Submit an order, and return what was done with each resource."""
    steps = steps_for(aws, order)
    take(steps)
    return [f"{step.action} {step.kind}" for step in steps]


def _changes(aws: Account) -> list[str]:
    return [call for call in aws.calls if not call.partition(":")[2].startswith(("Describe", "Get"))]


def _training(name: str = "gsm8k-1-base", **told: Any) -> Job:
    told = {"OutputDataConfig": {"S3OutputPath": OUT}, **told}
    return Job(service="sagemaker", name=name, arn=f"arn:x/{name}", status="Completed", failure="", description=told)


def _put(key: str, content: str | bytes) -> None:
    s3 = Aws(region="us-east-1").client("s3")
    s3.create_bucket(Bucket="rows-of-ours")
    s3.put_object(Bucket="rows-of-ours", Key=key, Body=content)


# Requests


def test_a_bedrock_request_is_one_that_the_api_takes() -> None:
    """Reinforcement settings in their own block, none in the old map of text."""
    request = bedrock_request(_bedrock_order(validation=(OUT, ROWS)))

    assert problems("bedrock", "CreateModelCustomizationJob", request) == []
    assert request["customizationType"] == "REINFORCEMENT_FINE_TUNING"
    assert "hyperParameters" not in request
    assert request["validationDataConfig"] == {"validators": [{"s3Uri": OUT}, {"s3Uri": ROWS}]}


def test_the_same_order_has_the_same_token() -> None:
    """So that a rerun is no second job; any other content has another."""
    token = bedrock_request(_bedrock_order())["clientRequestToken"]

    assert bedrock_request(_bedrock_order())["clientRequestToken"] == token
    for changes in ({"training": OUT}, {"name": "gsm8k-2"}, {"configuration": customization_config(ARN)}):
        assert bedrock_request(_bedrock_order(**changes))["clientRequestToken"] != token


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "a" + "-" * 50 + "_"}, "jobName: .* does not fit"),
        ({"name": "a" * 64}, "jobName: .* is above 63"),
        ({"role": "rft"}, "roleArn"),
        ({"training": "s3://rows-of-ours/a b.jsonl"}, "trainingDataConfig.s3Uri"),
        ({"base_model": ""}, "baseModelIdentifier"),
        ({"validation": (ROWS,) * 11}, "list of length 11 is above 10"),
        ({"configuration": {"rftConfig": {"hyperParameters": {"batchSize": 513}}}}, "513 is above 512"),
    ],
)
def test_a_bedrock_order_that_breaks_a_rule_is_refused(changes: dict[str, Any], told: str) -> None:
    """Before anything is sent, and at once."""
    with pytest.raises(DeploymentError, match=told):
        bedrock_request(_bedrock_order(**changes))


def test_a_training_request_is_serverless_and_by_the_evaluator() -> None:
    """The Lambda function's own ARN is nowhere in it, and the licence is not accepted by itself."""
    request = training_request(_training_order(validation=(OUT,), evaluator=REGISTERED))

    assert problems("sagemaker", "CreateTrainingJob", request) == []
    assert request["ServerlessJobConfig"] == {
        "BaseModelArn": NOVA,
        "JobType": "FineTuning",
        "CustomizationTechnique": "RLVR",
        "EvaluatorArn": HUB,
        "AcceptEula": False,
        "Peft": "LORA",
    }
    assert [each["ChannelName"] for each in request["InputDataConfig"]] == ["train", "validation"]


def test_full_tuning_and_the_licence_are_explicit() -> None:
    """Each by its flag."""
    serverless = training_request(_training_order(lora=False, accept_eula=True, evaluator=REGISTERED))[
        "ServerlessJobConfig"
    ]

    assert "Peft" not in serverless
    assert serverless["AcceptEula"] is True


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"training": "train.jsonl"}, "is not an s3:// address"),
        ({"base_model": "nova"}, "BaseModelArn"),
        ({"name": "a_b"}, "TrainingJobName"),
        ({"validation": (ROWS, OUT)}, "accepts one file"),
        ({"model_package_group": "g"}, "ModelPackageGroupArn"),
    ],
)
def test_a_training_order_that_breaks_a_rule_is_refused(changes: dict[str, Any], told: str) -> None:
    """By the model of the API, or by what it does not say."""
    with pytest.raises(DeploymentError, match=told):
        training_request(_training_order(**changes, evaluator=REGISTERED))


@pytest.mark.parametrize(("name", "least", "most"), [("rollout_n", 1, 32), ("global_batch_size", 128, 1_024)])
def test_one_beyond_a_range_of_an_open_model_is_refused(name: str, least: int, most: int) -> None:
    """Text, as SageMaker wants hyperparameters; Nova's differ and are left to the service."""
    for inside in (least, most):
        training_request(_training_order(base_model=OPEN, hyper_parameters={name: str(inside)}, evaluator=REGISTERED))
    for outside in (str(least - 1), str(most + 1), "many", "٣"):
        with pytest.raises(DeploymentError, match=name):
            training_request(_training_order(base_model=OPEN, hyper_parameters={name: outside}, evaluator=REGISTERED))
    training_request(_training_order(hyper_parameters={name: "0"}, evaluator=REGISTERED))


def test_an_evaluations_jobs_differ_in_the_model_alone() -> None:
    """Same rows, same evaluator, same settings."""
    base, tuned = evaluation_requests(_evaluation_order(evaluator=REGISTERED))

    assert tuned.pop("ModelPackageConfig") == {"ModelPackageGroupArn": GROUP, "SourceModelPackageArn": TUNED}
    assert (base.pop("TrainingJobName"), tuned.pop("TrainingJobName")) == ("gsm8k-1-base", "gsm8k-1-tuned")
    assert base == tuned
    assert base["ServerlessJobConfig"]["EvaluationType"] == "CustomScorerEvaluation"


@pytest.mark.parametrize(
    ("model", "present", "absent"), [(NOVA, "metric", "evaluation_metric"), (OPEN, "evaluation_metric", "metric")]
)
def test_an_evaluation_speaks_each_familys_words(model: str, present: str, absent: str) -> None:
    """Without postprocessing the function would never be called."""
    settings = evaluation_requests(_evaluation_order(base_model=model, evaluator=REGISTERED))[0]["HyperParameters"]

    assert settings[present] == "all"
    assert absent not in settings
    assert settings["postprocessing"] == "True"
    assert ("lambda_type" in settings) is (model == NOVA)


@pytest.mark.parametrize("tuned", ["", GROUP, TUNED.rpartition("/")[0], "arn:\ud800"])
def test_an_evaluation_wants_a_version_of_a_package(tuned: str) -> None:
    """The message says where it is told."""
    with pytest.raises(DeploymentError, match="rlvr aws job result"):
        evaluation_requests(_evaluation_order(tuned=tuned, evaluator=REGISTERED))


@given(
    st.dictionaries(
        st.sampled_from(["RoleArn", "HyperParameters", "InputDataConfig"]), st.none() | st.text() | st.lists(st.none())
    )
)
def test_what_a_service_adds_does_not_make_another_job(added: dict[str, Any]) -> None:
    """But what differs in a wanted member does."""
    wanted = training_request(_training_order(evaluator=REGISTERED))

    assert same_training(wanted, {**wanted, "BillableTokenCount": 3})
    assert same_training(wanted, {**wanted, **added}) is (
        {**wanted, **added} == wanted or set(added) <= {"HyperParameters"}
    )


# Submission


def test_an_empty_account_gets_everything_and_a_second_run_nothing() -> None:
    """The plan of the second run keeps each thing, and makes no call that changes anything."""
    aws = Account()

    assert _submit(aws, _training_order()) == [
        "create hub",
        "create evaluator",
        "create model package group",
        "create job",
    ]
    assert len(_changes(aws)) == 4
    assert _submit(aws, _training_order()) == ["keep hub", "keep evaluator", "keep model package group", "keep job"]
    assert len(_changes(aws)) == 4


@pytest.mark.parametrize("platform", ["sagemaker", "evaluation"])
def test_submission_calls_what_its_permissions_say(platform: str) -> None:
    """Nothing more and nothing less."""
    aws = Account()
    _submit(aws, ORDERS[platform]())

    assert {*aws.calls} == {*CALLS[f"job submit {platform}"]}
    assert PASSED_TO.keys() <= CALLS.keys()


def test_an_evaluator_of_another_function_gets_a_new_version() -> None:
    """And the job is by that version; the older one stays for its jobs."""
    aws = Account()
    _submit(aws, _training_order())
    other = registration_of(function_of(f"{ARN}-2"), name="SageMaker-gsm8k")
    steps = steps_for(aws, _training_order(name="gsm8k-2", evaluator=other))
    take(steps)

    assert [step.action for step in steps] == ["keep", "update", "keep", "create"]
    serverless = aws.kept["training_job", "gsm8k-2"]["ServerlessJobConfig"]
    assert serverless["EvaluatorArn"].endswith("/JsonDoc/SageMaker-gsm8k/2.0.0")


def test_an_evaluator_whose_import_failed_is_imported_anew() -> None:
    """As a new version, since the failed one has its own."""
    aws = Account()
    take(steps_for(aws, _evaluation_order()))
    next(told for (thing, _), told in aws.kept.items() if thing == "hub_content")["HubContentStatus"] = "ImportFailed"

    assert [step.action for step in steps_for(aws, _evaluation_order(name="again"))][:2] == [
        "keep",
        "update",
    ]


def test_a_name_that_another_job_has_is_refused() -> None:
    """A job's name cannot be used twice, and another content is another job."""
    aws = Account()
    _submit(aws, _training_order())

    with pytest.raises(DeploymentError, match="choose another --name"):
        steps_for(aws, _training_order(output=ROWS))


def test_a_registered_evaluator_is_used_as_it_is() -> None:
    """Then no hub is touched."""
    aws = Account()
    take(steps_for(aws, _evaluation_order(evaluator=REGISTERED)))

    assert {*aws.calls} == {"sts:GetCallerIdentity", "sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"}


def test_an_evaluator_that_the_hub_cannot_import_is_told() -> None:
    """Instead of a job that fails later."""

    class Failing(Account):
        def _done(self, verb: str, thing: str, parameters: dict[str, Any]) -> dict[str, Any]:
            told = super()._done(verb, thing, parameters)
            return {**told, "HubContentStatus": "ImportFailed", "FailureReason": "no such schema"}

    with pytest.raises(AwsError, match="no such schema"):
        _submit(Failing(), _training_order())


def test_a_refused_order_asks_nothing_of_the_account() -> None:
    """The check is first."""
    aws = Account()

    with pytest.raises(DeploymentError):
        steps_for(aws, _training_order(role="nobody"))
    assert aws.calls == []


@pytest.mark.parametrize("platform", ["bedrock", "sagemaker", "evaluation"])
def test_a_wrong_profile_is_told_before_anything_is_made(platform: str) -> None:
    """A hub in the wrong account would stay there; no service takes a role of another account."""
    aws = Account()
    other = ROLE.replace("123456789012", "210987654321")

    with pytest.raises(DeploymentError, match="of account 210987654321, but the credentials are of 123456789012"):
        steps_for(aws, ORDERS[platform](role=other))
    assert aws.calls == ["sts:GetCallerIdentity"]


def test_a_shared_evaluator_leaves_the_group_in_the_jobs_own_account() -> None:
    """It may be another account's; the tuned model is not."""
    place = owner_of(HUB.replace("123456789012", "210987654321"))

    assert group_arn(place, account_of(ROLE), "gsm8k") == GROUP
    assert group_arn(place, account_of(ROLE), GROUP) == GROUP


def test_the_preview_names_what_the_submission_calls() -> None:
    """With the same parameters, in an account where nothing is there."""
    aws = Account()
    names = [name for name, _ in calls_for(_training_order())]
    _submit(aws, _training_order())

    assert names == _changes(aws)


def test_the_rft_fields_leave_this_machine_as_they_were_checked() -> None:
    """Moto drops them, so the request is caught on its way."""
    aws, bodies = Aws(region="us-east-1"), list[dict[str, Any]]()
    events = aws.client("bedrock").meta.events
    events.register(
        "before-call.bedrock.CreateModelCustomizationJob", lambda params, **_: bodies.append(json.loads(params["body"]))
    )
    take(steps_for(aws, _bedrock_order()))

    assert bodies == [bedrock_request(_bedrock_order())]


def test_bedrock_is_asked_for_one_job_however_often_it_is_submit(tmp_path: Path) -> None:
    """Through the command, with the recipe in a file; moto keeps the job."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(customization_config(ARN)))
    words = ("submit", *BEDROCK, "--output", OUT, "--name", "gsm8k", "--config", str(config), "--json")
    shown, done, again = (json.loads(_run(*words, *more).stdout) for more in ((), ("--yes",), ("--yes",)))

    assert [each["acted"] for each in (shown, done, again)] == [False, True, True]
    assert [each["changes"] for each in (shown, done, again)] == [True, True, False]
    assert again["steps"][0]["changes"] == ["is InProgress"]
    assert _run(*words, "--yes", "--model-name", "other").exit_code == 2


def test_a_dry_run_needs_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, no region: everything is in the ARN."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(submit_module, "account_for", pytest.fail)
    words = ("sagemaker", "--role", ROLE, "--base-model", NOVA, "--data", ROWS, "--function", ARN)
    result = _run("submit", *words, "--output", OUT, "--name", "gsm8k", "--dry-run", "--json")
    calls = json.loads(result.stdout)["calls"]

    assert [each["call"].partition(":")[2] for each in calls] == [
        "CreateHub",
        "ImportHubContent",
        "CreateModelPackageGroup",
        "CreateTrainingJob",
    ]
    assert calls[3]["parameters"]["ModelPackageConfig"]["ModelPackageGroupArn"].endswith("model-package-group/gsm8k")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("azure", "--function", ARN), "No such command 'azure'"),
        (("bedrock", "--function", ARN, "--tuned", TUNED), "No such option: --tuned"),
        (("bedrock", "--function", ARN, "--hyperparameter", "a=b"), "No such option: --hyperparameter"),
        (("sagemaker", "--function", ARN, "--config", "f"), "No such option: --config"),
        (("sagemaker", "--evaluator", HUB, "--hub", "h"), "is registered already"),
        (("evaluation", "--function", ARN), "Missing option '--tuned'"),
        (("evaluation", "--function", ARN, "--tuned", GROUP), "is not the ARN of a version"),
        (("bedrock",), "either --config FILE or --function ARN"),
        (("sagemaker",), "either --function ARN or --evaluator ARN"),
        (("sagemaker", "--function", f"{ARN}:live"), "accepts no version and no alias"),
        (("sagemaker", "--evaluator", ARN), "is not the ARN of an evaluator in a hub"),
        (("sagemaker", "--function", ARN, "--hyperparameter", "x"), "is not NAME=VALUE"),
        (("bedrock", "--function", ARN, "--region", "eu-west-1"), "give --region us-east-1"),
        (("--platform", "bedrock", "--function", ARN), "rlvr aws job submit bedrock …"),
        (("--function", ARN, "--platform=sagemaker"), "rlvr aws job submit sagemaker …"),
    ],
)
def test_a_wrong_submission_is_told_in_a_line(words: tuple[str, ...], told: str) -> None:
    """Exit code 2, nothing on standard output."""
    model = "amazon.nova-2-lite-v1:0:256k" if "bedrock" in words else NOVA
    result = _run(
        "submit", *words, "--role", ROLE, "--base-model", model, "--data", ROWS, "--output", OUT, "--name", "n"
    )

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rftConfig": 3}', "[" * 9_000, '{"rftConfig": {}}'])
def test_a_file_that_is_no_configuration_is_told(tmp_path: Path, text: str) -> None:
    """Whatever it holds."""
    file = tmp_path / "config.json"
    file.write_text(text)

    assert _run("submit", *BEDROCK, "--output", OUT, "--name", "n", "--config", str(file)).exit_code == 2


# Jobs that are there


def _bedrock_there(name: str = "gsm8k") -> None:
    take(steps_for(Aws(region="us-east-1"), _bedrock_order(name=name)))


def _sagemaker_there(name: str) -> None:
    """Make a job of the sort that moto keeps."""
    Aws(region="us-east-1").call(
        "sagemaker",
        "create_training_job",
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": "i", "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": OUT},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )


def test_a_job_is_found_by_name_at_either_service() -> None:
    """And by the ARN at the one that it names."""
    _bedrock_there("gsm8k")
    _sagemaker_there("qwen")
    aws = Aws(region="us-east-1")
    (bedrock,), (sagemaker,) = jobs_of(aws, "gsm8k"), jobs_of(aws, "qwen")

    assert (bedrock.service, bedrock.status, bedrock.failure) == ("bedrock", "InProgress", "")
    assert (sagemaker.service, sagemaker.status) == ("sagemaker", "Completed")
    assert jobs_of(aws, sagemaker.arn)[0].name == "qwen"


def test_a_bedrock_arn_is_asked_of_bedrock_alone() -> None:
    """Moto does not know jobs by their ARN, so another account answers."""
    aws = Account()
    arn = "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-2-lite-v1:0:256k/a1b2c3d4e5f6"
    aws.kept["model_customization_job", arn] = {
        "jobName": "gsm8k",
        "jobArn": arn,
        "status": "Failed",
        "failureMessage": "m",
    }
    (found,) = jobs_of(aws, arn)

    assert (found.service, found.status, found.failure) == ("bedrock", "Failed", "m")
    assert aws.calls == ["bedrock:GetModelCustomizationJob"]


def test_a_name_at_both_services_asks_for_the_arn() -> None:
    """Stopping the wrong one would be worse."""
    _bedrock_there("gsm8k")
    _sagemaker_there("gsm8k")

    with pytest.raises(DeploymentError, match="give the ARN"):
        jobs_of(Aws(region="us-east-1"), "gsm8k")


@pytest.mark.parametrize(
    "name", ["nothing", "-", "", "a b", "\ud800\x1b[31m", "arn:aws:sagemaker:us-east-1:123456789012:training-job/no"]
)
def test_a_job_that_is_not_there_is_told(name: str) -> None:
    """Exit code 2; the text harmless."""
    result = _run("status", "--", name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "\x1b" not in result.stderr


def test_an_arn_brings_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which another --region contradicts."""
    _sagemaker_there("qwen")
    arn = jobs_of(Aws(region="us-east-1"), "qwen")[0].arn
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    told, contradicted = _run("status", arn), _run("status", arn, "--region", "eu-west-1")

    assert (told.exit_code, told.stdout) == (0, "sagemaker qwen: Completed\n")
    assert contradicted.exit_code == 2
    assert "give --region us-east-1, or leave it out" in contradicted.stderr


def test_a_service_that_refuses_matters_only_if_the_other_has_no_such_job() -> None:
    """Credentials for SageMaker alone are enough for its jobs."""

    class Half(Account):
        def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
            if service == "bedrock":
                raise AwsError("bedrock:GetModelCustomizationJob", "denied", "", code="AccessDeniedException")
            return super().call(service, operation, **parameters)

    aws = Half()
    _submit(aws, _training_order())

    assert jobs_of(aws, "gsm8k-1")[0].service == "sagemaker"
    _submit(aws, _evaluation_order(name="other"))
    assert [job.name for job in jobs_of(aws, "other")] == ["other-base", "other-tuned"]
    with pytest.raises(AwsError, match="denied"):
        jobs_of(aws, "another")


def test_what_else_goes_wrong_is_no_absence() -> None:
    """A job that cannot be read must not be submitted again."""

    class Slow(Aws):
        def call(self, service: str, operation: str, **_: Any) -> dict[str, Any]:
            raise AwsError(f"{service}:{operation}", "Rate exceeded", "", code="ThrottlingException")

    with pytest.raises(AwsError, match="Rate exceeded"):
        jobs_of(Slow(), "n")


def test_the_status_of_a_job_is_json_and_an_exit_code() -> None:
    """0 while it runs, 1 once it was stopped."""
    _bedrock_there("gsm8k")
    running = _run("status", "gsm8k", "--json")
    _run("stop", "gsm8k", "--yes")
    stopped = _run("status", "gsm8k")

    assert (running.exit_code, json.loads(running.stdout)["jobs"][0]["status"]) == (0, "InProgress")
    assert (stopped.exit_code, stopped.stdout) == (1, "bedrock gsm8k: Stopped\n")


def test_stopping_is_planned_and_done_once() -> None:
    """Without --yes nothing happens; what is stopped is kept."""
    _bedrock_there("gsm8k")
    actions = [
        json.loads(_run("stop", "gsm8k", "--json", *more).stdout)["steps"][0]["action"]
        for more in ((), ("--yes",), ("--yes",))
    ]

    assert actions == ["update", "update", "keep"]


def test_a_sagemaker_job_is_stopped_by_its_name() -> None:
    """One that stops already is left alone."""
    aws = Account()
    _submit(aws, _training_order())
    take([stop_step(aws, jobs_of(aws, "gsm8k-1")[0])])

    assert aws.calls[-1] == "sagemaker:StopTrainingJob"
    assert not has_changes([stop_step(aws, jobs_of(aws, "gsm8k-1")[0])])


def test_watching_ends_with_the_job_or_with_patience() -> None:
    """The pauses are between the looks."""
    running = msgspec.structs.replace(_training(), status="InProgress")
    looks, pauses = iter([running, running, _training()]), list[int]()

    seen = [jobs[0].status for jobs in poll_jobs(lambda: (next(looks),), lambda: pauses.append(1), 9)]
    assert (seen, len(pauses)) == (["InProgress", "InProgress", "Completed"], 2)
    assert len(list(poll_jobs(lambda: (running,), lambda: None, 3))) == 3


def test_the_command_that_gave_up_watching_says_so() -> None:
    """By its exit code; each status is told once."""
    _bedrock_there("gsm8k")
    result = _run("status", "gsm8k", "--watch", "1", "--polls", "2")

    assert (result.exit_code, result.stdout) == (1, "bedrock gsm8k: InProgress\n")


def test_phases_are_told_in_one_form_for_both_services() -> None:
    """Times in ISO 8601, absent ones empty."""
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    details = {"trainingDetails": {"status": "InProgress", "creationTime": noon, "lastModifiedTime": noon}}
    bedrock = msgspec.structs.replace(_training(), service="bedrock", description={"statusDetails": details})
    sagemaker = _training(SecondaryStatusTransitions=[{"Status": "Training", "StartTime": noon, "StatusMessage": "m"}])

    told = [(each.phase, each.started, each.ended) for one in (bedrock, sagemaker) for each in phases_of(one)]
    assert told == [("training", "2026-03-04T12:00:00+00:00", ""), ("Training", "2026-03-04T12:00:00+00:00", "")]


def test_metrics_of_both_services() -> None:
    """As far as the services tell them."""
    bedrock = {"trainingMetrics": {"trainingLoss": 0.5}, "validationMetrics": [{"validationLoss": 0.25}]}
    sagemaker = _training(FinalMetricDataList=[{"MetricName": "reward", "Value": 0.75}, {}])

    assert metrics_of(msgspec.structs.replace(_training(), service="bedrock", description=bedrock)) == {
        "trainingLoss": 0.5,
        "validationLoss.1": 0.25,
    }
    assert metrics_of(sagemaker) == {"reward": 0.75}


def test_the_metrics_files_of_a_bedrock_job_are_shown() -> None:
    """The header and the last rows; hostile bytes are text."""
    rows = "\n".join(f"{step},{step / 10}" for step in range(100))
    _put("out/model-customization-job-gsm8k/training_artifacts/step_wise_training_metrics.csv", f"step,reward\n{rows}")
    _put("out/model-customization-job-gsm8k/validation_artifacts/validation_metrics.csv", b'a,"\xff\x00\n')
    _put("out/model-customization-job-gsm8k/training_artifacts/other.csv", "no")
    _bedrock_there("gsm8k")
    first, second = metrics_files_of(Aws(region="us-east-1"), jobs_of(Aws(region="us-east-1"), "gsm8k")[0])

    assert (first.columns, len(first.rows), first.rows[-1]) == (("step", "reward"), 20, ("99", "9.9"))
    assert second.columns[0] == "a"
    assert "99" in _run("events", "gsm8k").stdout
    assert json.loads(_run("events", "gsm8k", "--json").stdout)["jobs"][0]["files"][0]["columns"] == ["step", "reward"]


# Hand-written: for each service, a description with one phase and one metric, and where its results are.
SERVICES: dict[Service, tuple[dict[str, Any], str, dict[str, float], str]] = {
    "bedrock": (
        {
            "statusDetails": {"trainingDetails": {"status": "Completed"}},
            "trainingMetrics": {"trainingLoss": 0.5},
            "outputDataConfig": {"s3Uri": OUT},
        },
        "training",
        {"trainingLoss": 0.5},
        f"{OUT}/model-customization-job-j/",
    ),
    "sagemaker": (
        {
            "SecondaryStatusTransitions": [{"Status": "Training"}],
            "FinalMetricDataList": [{"MetricName": "reward", "Value": 0.75}],
            "OutputDataConfig": {"S3OutputPath": OUT},
        },
        "Training",
        {"reward": 0.75},
        f"{OUT}/j/output/",
    ),
}


@pytest.mark.parametrize("service", get_args(Service))
def test_each_service_is_read_in_its_own_words(service: Service) -> None:
    """Phases, metrics, and the place of the results."""
    description, phase, metrics, place = SERVICES[service]
    job = Job(service=service, name="j", arn="arn:x/j", status="Completed", failure="", description=description)

    assert {*get_args(Service)} == SERVICES.keys()
    assert [each.phase for each in phases_of(job)] == [phase]
    assert metrics_of(job) == metrics
    assert output_of(job) == {"output": place}


# Results


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({"all": {"reward": 0.5, "reward_stderr": 0.01}}, {"reward": 0.5, "reward_stderr": 0.01}),
        ({"all": {}, "custom|gen_qa_gen_qa|0": {"score": 1, "name": "x", "ok": True}}, {"score": 1.0}),
        ({"a": {"x": float("nan")}, "b": {"x": float("inf"), "y": 2}}, {"y": 2.0}),
        ({"a": [1], "b": None, "c": {"y": 10**400, "z": 0}}, {"z": 0.0}),
    ],
)
def test_an_evaluations_metrics_are_its_finite_numbers(results: Any, expected: Mapping[str, float]) -> None:
    """From the summary, or else from the first task that has some."""
    _put("out/gsm8k-1-base/output/output/x/eval_results/results_2026.json", json.dumps({"results": results}))

    assert evaluation_metrics(Account(), _training()) == expected


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"results": []}', '{"results": {}}', "[" * 100_000, b"\xff"])
def test_a_result_that_is_none_is_told(content: str | bytes) -> None:
    """With its address."""
    _put("out/gsm8k-1-base/output/output/results_1.json", content)

    with pytest.raises(DeploymentError, match=r"results_1\.json"):
        evaluation_metrics(Account(), _training())


def test_an_evaluation_without_result_says_how_to_look() -> None:
    """It may not have ended."""
    _put("out/gsm8k-1-base/output/output/samples.json", "{}")

    with pytest.raises(DeploymentError, match="rlvr aws job status gsm8k-1-base"):
        evaluation_metrics(Account(), _training())


@given(st.dictionaries(st.text(), st.floats(-1e9, 1e9)), st.dictionaries(st.text(), st.floats(-1e9, 1e9)))
def test_every_metric_of_either_model_is_compared(base: dict[str, float], tuned: dict[str, float]) -> None:
    """In one order; without a difference where one is missing."""
    told = compare_metrics(base, tuned)

    assert [each.metric for each in told] == sorted({*base, *tuned})
    for each in told:
        assert (each.difference is None) is not (each.metric in base and each.metric in tuned)
        assert each.difference is None or each.difference == tuned[each.metric] - base[each.metric]


def test_result_compares_base_and_tuned(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the evaluation's own name; exit code 1 until both have ended."""
    aws = Account()
    monkeypatch.setattr(command_module, "account_for", lambda *_: aws)
    _submit(aws, _evaluation_order())
    for which, reward in (("base", 0.25), ("tuned", 0.75)):
        _put(f"out/gsm8k-1-{which}/output/output/results_1.json", json.dumps({"results": {"all": {"reward": reward}}}))
    early = _run("result", "gsm8k-1", "--json")
    for which in ("base", "tuned"):
        aws.kept["training_job", f"gsm8k-1-{which}"]["TrainingJobStatus"] = "Completed"
    done = json.loads(_run("result", "gsm8k-1", "--json").stdout)

    assert (early.exit_code, json.loads(early.stdout)["comparison"]) == (1, [])
    assert done["comparison"] == [{"metric": "reward", "base": 0.25, "tuned": 0.75, "difference": 0.5}]
    assert "│ reward │ 0.25 │ 0.75  │ +0.5       │" in _run("result", "gsm8k-1").stdout


def test_a_training_tells_its_model() -> None:
    """Which the evaluation then takes as --tuned."""
    artifacts = {"S3ModelArtifacts": f"{OUT}/model.tar.gz"}

    assert output_of(_training(OutputModelPackageArn=TUNED, ModelArtifacts=artifacts)) == {
        "output": f"{OUT}/gsm8k-1-base/output/",
        "artifacts": f"{OUT}/model.tar.gz",
        "model": TUNED,
    }


def test_the_result_of_a_bedrock_job_is_its_place_and_model() -> None:
    """Not yet ended here: exit code 1."""
    _bedrock_there("gsm8k")
    result = _run("result", "gsm8k", "--json")
    told = json.loads(result.stdout)["jobs"][0]["results"]

    assert result.exit_code == 1
    assert told["output"] == f"{OUT}/model-customization-job-gsm8k/"
    assert ":custom-model/" in told["model"]


@pytest.mark.parametrize("command", ["status", "events", "stop", "result"])
def test_a_dry_run_tells_the_calls_and_makes_none(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which are those of its permissions, apart from the listing's other name."""
    monkeypatch.setattr(command_module, "account_for", pytest.fail)
    calls = [each["call"] for each in json.loads(_run(command, "gsm8k", "--dry-run", "--json").stdout)["calls"]]

    assert {call.replace("ListObjectsV2", "ListBucket") for call in calls} == {*CALLS[f"job {command}"]}


def test_no_credential_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when there are wrong ones."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t-of-nobody")
    results = [_run(command, "gsm8k") for command in ("status", "events", "stop", "result")]

    assert not any("s3cr3t" in each.output for each in results)
