"""``rlvr aws recipe``: blocks for each platform, and what is refused before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from rlvr_aws.account.arn import FunctionArn, function_of, hyperpod_function_of, plain_function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.service_model import limits, problems
from rlvr_aws.job.recipe.bedrock import RftSettings, check_configuration, customization_config, grader_of
from rlvr_aws.job.recipe.concurrency import (
    HYPERPOD_CALLS_PER_SECOND,
    NovaPlatform,
    hyperpod_concurrency,
    measured_seconds,
    training_job_concurrency,
)
from rlvr_aws.job.recipe.evaluator import (
    evaluator_name,
    evaluator_request,
    owner_of,
    reference_in,
    registry_hub,
)
from rlvr_aws.job.recipe.nova import (
    EvaluationBlock,
    check_rollout,
    default_rollout,
    evaluation_recipe,
    ranges_of,
    training_recipe,
)
from rlvr_aws.job.recipe.recipe_command import recipe

ARN = "arn:aws:lambda:us-east-1:123456789012:function:SageMaker-gsm8k"
ANY_TEXT = st.text(st.characters())  # plain st.text() never draws lone surrogates
RFT = "customizationConfig.rftConfig.hyperParameters"


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "80", "TERM": "dumb"}).invoke(recipe, list(words))


def _rft(**settings: Any) -> dict[str, Any]:
    return customization_config(ARN, RftSettings(**settings))


def _summary(path: Path, **modes: Any) -> Path:
    counted = {mode: {"calls": 1, "records": 64, **measured} for mode, measured in modes.items()}
    path.write_text(json.dumps({"memory_megabytes": 512, "timeout_seconds": 60, "modes": counted}))
    return path


_HEAD = '{"memory_megabytes": 512, "timeout_seconds": 60, "modes": {'
_MODE = '"hyperpod": {"calls": 1, "records": 64, "p95_seconds": '


@pytest.mark.parametrize("qualifier", ["", ":live", ":7", ":$LATEST"])
def test_bedrock_takes_a_function_with_and_without_a_qualifier(qualifier: str) -> None:
    """The block is what botocore's model of the request accepts."""
    result = _run("bedrock", ARN + qualifier)
    block = json.loads(result.stdout)

    assert block["rftConfig"]["graderConfig"]["lambdaGrader"]["lambdaArn"] == ARN + qualifier
    told = problems("bedrock", "CreateModelCustomizationJob", {"customizationConfig": block})
    assert [each for each in told if each.startswith("customizationConfig")] == []


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("epochCount", "epoch_count"),
        ("batchSize", "batch_size"),
        ("trainingSamplePerPrompt", "training_sample_per_prompt"),
        ("evalInterval", "eval_interval"),
    ],
)
def test_one_beyond_either_end_of_a_range_is_refused(name: str, field: str) -> None:
    """The range is the installed botocore's, maximum included; both ends themselves are taken."""
    told = limits("bedrock", "CreateModelCustomizationJob", f"{RFT}.{name}")

    for inside in (told["min"], told["max"]):
        assert _rft(**{field: inside})["rftConfig"]["hyperParameters"][name] == inside
    for outside in (told["min"] - 1, told["max"] + 1):
        with pytest.raises(DeploymentError, match=f"{name}: {outside}"):
            _rft(**{field: outside})


@pytest.mark.parametrize("rate", [9.9e-8, 1.1e-3, float("nan"), float("inf"), -1.0])
def test_a_learning_rate_out_of_range_is_refused(rate: float) -> None:
    """NaN too, which compares with neither end."""
    with pytest.raises(DeploymentError, match="learningRate"):
        _rft(learning_rate=rate)


@pytest.mark.parametrize("field", ["max_prompt_length", "inference_max_tokens"])
def test_a_length_of_nothing_is_refused(field: str) -> None:
    """The API's model has no range for lengths."""
    with pytest.raises(DeploymentError, match="0 is below 1"):
        _rft(**{field: 0})


def test_an_effort_of_another_platform_is_refused() -> None:
    """The values that would do are named."""
    result = _run("bedrock", ARN, "--reasoning-effort", "maximal")

    assert result.exit_code == 2
    assert "'maximal' is none of low, medium, high" in result.stderr


def test_the_help_tells_the_ranges_of_the_api() -> None:
    """So that help and botocore do not drift apart."""
    told = " ".join(_run("bedrock", "--help").output.replace("│", " ").split())

    for name in ("epochCount", "batchSize", "trainingSamplePerPrompt", "evalInterval"):
        ends = limits("bedrock", "CreateModelCustomizationJob", f"{RFT}.{name}")
        assert f"{ends['min']} to {ends['max']}" in told


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | ANY_TEXT,
        lambda inner: (
            st.dictionaries(st.sampled_from(["rftConfig", "graderConfig", "hyperParameters"]), inner)
            | st.lists(inner, max_size=2)
        ),
    )
)
def test_any_configuration_is_judged_and_never_raises_otherwise(value: Any) -> None:
    """A file of a user's may hold anything under the right name."""
    with pytest.raises(DeploymentError):
        grader_of({"rftConfig": value})


def test_a_configuration_without_settings_is_fine() -> None:
    """The service has its own."""
    block = {"rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": ARN}}}}

    check_configuration(block)
    assert grader_of(block).name == "SageMaker-gsm8k"


def test_the_grader_of_an_open_model_is_in_openais_form() -> None:
    """As the SDK's ``method`` takes it."""
    method = json.loads(_run("openai", ARN, "--epochs", "2").stdout)["method"]

    assert method["type"] == "reinforcement"
    assert method["reinforcement"]["grader"] == {"type": "lambda", "lambda": {"function": ARN}}
    assert method["reinforcement"]["hyperparameters"] == {
        "n_epochs": 2,
        "batch_size": 4,
        "learning_rate_multiplier": 1.0,
    }


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf"])
def test_a_multiplier_that_is_not_positive_is_refused(value: str) -> None:
    """AWS publishes no range; what makes no sense is refused."""
    assert _run("openai", ARN, "--learning-rate-multiplier", value).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("openai",),
        ("training-job", "--latency", "1"),
        ("hyperpod", "--latency", "1"),
        ("evaluation",),
        ("evaluation", "--block", "processor"),
        ("evaluator",),
    ],
)
def test_all_but_novas_jobs_on_bedrock_refuse_a_qualified_arn(words: tuple[str, ...]) -> None:
    """The error names the rule and gives the ARN that would do."""
    result = _run(words[0], f"{ARN}:live", *words[1:])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "accepts no version and no alias" in result.stderr
    assert f"give {ARN}," in result.stderr


@pytest.mark.parametrize("name", ["gsm8k", "sagemaker-gsm8k", "SAGEMAKER-gsm8k"])
def test_hyperpod_wants_sagemaker_in_the_name(name: str) -> None:
    """In this case of letters, as IAM's sample policy has it; the message says how to name it."""
    with pytest.raises(DeploymentError, match=f"deploy it as SageMaker-{name}"):
        hyperpod_function_of(ARN.replace("SageMaker-gsm8k", name))


@given(ANY_TEXT)
def test_any_text_is_an_arn_or_refused(text: str) -> None:
    """Nothing but our own error."""
    with pytest.raises(DeploymentError):
        function_of(text)


@given(st.from_regex(r"\Aarn:aws:lambda:eu-west-1:[0-9]{12}:function:[a-zA-Z0-9_-]{1,64}(:[a-z]{1,9})?\Z"))
def test_an_arn_is_read_and_written_unchanged(arn: str) -> None:
    """Without the qualifier it is taken by every SDK."""
    function = function_of(arn)

    assert function.arn == arn
    assert plain_function_of(function.unqualified, "any").arn == function.unqualified


def test_a_name_with_a_dot_is_for_bedrock_alone() -> None:
    """AWS's SDK takes such an ARN for the path of a file."""
    dotted = ARN + ".v2"

    assert function_of(dotted).name == "SageMaker-gsm8k.v2"
    with pytest.raises(DeploymentError, match="accepts no dot"):
        plain_function_of(dotted, "SageMaker")


# The most prompts of a step, by AWS's schemas of recipes; the least is 16 for both.
MOST_PROMPTS: dict[NovaPlatform, int] = {"training-job": 128, "hyperpod": 256}
# Prompts of a step, answers to each, tokens of both, tokens of an answer, and steps in AWS's own recipes.
OWN_RECIPES: dict[NovaPlatform, tuple[int, int, int, int, int]] = {
    "training-job": (64, 2, 8_192, 6_000, 5),
    "hyperpod": (256, 8, 10_240, 8_192, 100),
}


def test_each_platform_has_ranges_and_defaults_of_its_own() -> None:
    """Those of AWS's recipes."""
    assert {*get_args(NovaPlatform)} == MOST_PROMPTS.keys() == OWN_RECIPES.keys()
    for platform in get_args(NovaPlatform):
        assert ranges_of(platform)["global_batch_size"] == (16, MOST_PROMPTS[platform])
        assert msgspec.structs.astuple(default_rollout(platform)) == (*OWN_RECIPES[platform], "high")


@pytest.mark.parametrize("platform", get_args(NovaPlatform))
def test_one_beyond_a_range_of_a_recipe_is_refused(platform: NovaPlatform) -> None:
    """Each range of each recipe, at both ends; the ends themselves are fine."""
    own = default_rollout(platform)
    for name, (least, most) in ranges_of(platform).items():
        for outside in (least - 1, *([most + 1] if most is not None else [])):
            with pytest.raises(DeploymentError, match=f"{name}: {outside} is not {least}"):
                check_rollout(platform, msgspec.structs.replace(own, **{name: outside}))
    check_rollout(platform, msgspec.structs.replace(own, global_batch_size=16, max_length=32_768))


@pytest.mark.parametrize("platform", get_args(NovaPlatform))
def test_each_platform_has_its_place_for_the_function(platform: NovaPlatform) -> None:
    """HyperPod alone has workers, and alone wants SageMaker in the function's name."""
    run: dict[NovaPlatform, dict[str, Any]] = {
        "training-job": {"reward_lambda_arn": ARN},
        "hyperpod": {"reward_lambda_arn": ARN, "rollout_worker_replicas": 3},
    }
    needs_name: dict[NovaPlatform, bool] = {"training-job": False, "hyperpod": True}
    other = ARN.replace("SageMaker", "rlvr")

    assert training_recipe(platform, ARN, default_rollout(platform), 12, workers=3)["run"] == run[platform]
    if needs_name[platform]:
        with pytest.raises(DeploymentError, match="SageMaker in the name"):
            training_recipe(platform, other, default_rollout(platform), 12)
    else:
        assert training_recipe(platform, other, default_rollout(platform), 12)["run"]["reward_lambda_arn"] == other


def test_sagemaker_does_not_know_medium_effort() -> None:
    """Bedrock does."""
    result = _run("hyperpod", ARN, "--latency", "0.1", "--reasoning-effort", "medium")

    assert result.exit_code == 2
    assert "'medium' is none of low, high" in result.stderr


def test_an_answer_longer_than_prompt_and_answer_is_refused() -> None:
    """max_length bounds both together."""
    assert "more than max_length" in _run("hyperpod", ARN, "--latency", "1", "--max-new-tokens", "20000").stderr


@pytest.mark.parametrize("mode", ["training-job", "hyperpod"])
def test_the_commands_defaults_are_those_of_awss_recipes(mode: NovaPlatform) -> None:
    """One truth, written at two places."""
    told = json.loads(_run(mode, ARN, "--latency", "0.1", "--json").stdout)["recipe"]
    limit = told["training_config"]["rollout"]["rewards"]["api_endpoint"]["lambda_concurrency_limit"]

    assert told == training_recipe(mode, ARN, default_rollout(mode), limit)


def test_the_yaml_explains_its_concurrency() -> None:
    """The formula stands above the block, which any YAML reader reads."""
    result = _run("hyperpod", ARN, "--latency", "0.05", "--workers", "2")
    block: Mapping[str, Any] = yaml.safe_load(result.stdout)

    assert result.stdout.startswith("# 400 calls/s x p95 0.05 s = 20 calls in progress at once\n")
    assert block["run"] == {"reward_lambda_arn": ARN, "rollout_worker_replicas": 2}
    assert block["training_config"]["rollout"]["rewards"]["api_endpoint"]["lambda_concurrency_limit"] == 20


@given(st.floats(min_value=1e-6, max_value=900), st.integers(1, 100), st.none() | st.integers(1, 2_000))
def test_hyperpod_keeps_up_or_says_why_not(seconds: float, workers: int, reserved: int | None) -> None:
    """Rate times latency, unless what AWS expects for the workers, or the function, is the bound."""
    told = hyperpod_concurrency(seconds, workers=workers, reserved=reserved)
    foreseen = max(workers * 64, 100)
    bound = min(foreseen, reserved or foreseen)

    assert 1 <= told.limit <= bound
    assert told.limit == bound or told.limit >= HYPERPOD_CALLS_PER_SECOND * seconds
    assert len(told.reasons) > 1 or told.limit >= HYPERPOD_CALLS_PER_SECOND * seconds


@given(st.floats(min_value=1e-6, max_value=900), st.integers(1, 5_000), st.floats(min_value=1e-300, max_value=1e6))
def test_a_training_jobs_scoring_is_in_time_or_all_calls_are_made_at_once(
    seconds: float, rollouts: int, step_seconds: float
) -> None:
    """Any number that a user may give."""
    limit = training_job_concurrency(seconds, rollouts=rollouts, step_seconds=step_seconds).limit
    calls = -(-rollouts // 64)

    assert limit >= 12
    assert limit >= calls or calls * seconds / limit <= step_seconds * 1.000001


def test_a_function_that_bears_less_bounds_the_limit() -> None:
    """Beyond it, calls are throttled."""
    result = _run("hyperpod", ARN, "--latency", "0.1", "--reserved", "10")

    assert "lambda_concurrency_limit: 10\n" in result.stdout
    assert "# the function accepts 10 at once" in result.stdout


def test_the_latency_is_read_from_a_simulation(tmp_path: Path) -> None:
    """Of the mode that the recipe is for."""
    file = _summary(tmp_path / "s.json", **{"hyperpod": {"p95_seconds": 0.02}, "training-job": {"p95_seconds": 1.5}})

    assert measured_seconds(file, "hyperpod") == 0.02
    assert "p95 1.5 s" in _run("training-job", ARN, "--simulated", str(file)).stdout


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        _HEAD + "}}",
        _HEAD + _MODE + "null}}}",
        _HEAD + _MODE + "0}}}",
        _HEAD + _MODE + "1e999}}}",
        _HEAD + _MODE + '"1"}}}',
        pytest.param(_HEAD + '"hyperpod": ' + "[" * 100_000, id="deep"),
        '{"modes": "\ud800"}',
    ],
)
def test_a_file_that_is_no_simulation_is_told(tmp_path: Path, text: str) -> None:
    """With the next step."""
    file = tmp_path / "summary.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    result = _run("hyperpod", ARN, "--simulated", str(file))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "rlvr simulate" in result.stderr


@pytest.mark.parametrize("words", [(), ("--latency", "1", "--simulated", "x.json"), ("--latency", "nan")])
def test_exactly_one_latency_is_wanted(words: tuple[str, ...]) -> None:
    """Guessing would hide a wrong limit."""
    assert _run("hyperpod", ARN, *words).exit_code == 2


def test_evaluation_blocks_name_the_function() -> None:
    """Nova's own environment, and the processor of own rows."""
    environment = yaml.safe_load(_run("evaluation", ARN).stdout)
    processor = yaml.safe_load(_run("evaluation", ARN, "--block", "processor").stdout)["processor"]

    assert set(get_args(EvaluationBlock)) == {"rl-env", "processor"}
    assert {*evaluation_recipe("rl-env", ARN)} == {"evaluation", "rl_env"}
    assert {*evaluation_recipe("processor", ARN)} == {"evaluation", "processor"}
    assert environment["rl_env"] == {"reward_lambda_arn": ARN}
    assert (processor["lambda_arn"], processor["lambda_type"]) == (ARN, "rft")
    assert processor["postprocessing"] == {"enabled": True}


def test_the_evaluators_request_is_one_that_the_api_takes() -> None:
    """And its document names the function where AWS's SDK looks for it."""
    request = json.loads(_run("evaluator", ARN).stdout)
    document = json.loads(request["HubContentDocument"])

    assert problems("sagemaker", "ImportHubContent", request) == []
    assert (request["HubContentType"], request["DocumentSchemaVersion"]) == ("JsonDoc", "2.0.0")
    assert document["SubType"] == "AWS/Evaluator"
    assert json.loads(document["JsonContent"]) == {"Reference": ARN, "EvaluatorType": "RewardFunction"}


def test_the_registry_is_the_one_that_awss_sdk_uses() -> None:
    """As sagemaker-train 1.27.0 names it for this account."""
    assert registry_hub("us-east-1", "123456789012") == "7U5IV8K26TMMDPHOPL4QIUEGPCT02ORFB7UBN5LS0C081NODQ780"


@pytest.mark.parametrize("words", [("--version", "1"), ("--name", "a_b"), ("--hub", "-x")])
def test_an_evaluator_that_a_hub_refuses_is_refused(words: tuple[str, ...]) -> None:
    """By the model's patterns."""
    assert "does not fit" in _run("evaluator", ARN, *words).stderr


@given(st.from_regex(r"\A[a-zA-Z0-9_-]{1,64}\Z"))
def test_every_functions_name_becomes_an_evaluators(name: str) -> None:
    """Hubs take neither underscores nor hyphens at an end."""
    function = FunctionArn(partition="aws", region="us-east-1", account="123456789012", name=name)

    assert problems("sagemaker", "ImportHubContent", evaluator_request(function.arn)) == []
    assert 0 < len(evaluator_name(function)) <= 63


@given(ANY_TEXT)
def test_any_document_of_a_hub_is_read(text: str) -> None:
    """It may be anybody's."""
    assert reference_in(text) == ""
    assert reference_in(json.dumps({"JsonContent": text})) == ""
    with pytest.raises(DeploymentError):
        owner_of(text)


def test_a_file_is_written_but_not_in_a_dry_run(tmp_path: Path) -> None:
    """One JSON document on standard output tells which."""
    file = tmp_path / "config.json"
    dry = json.loads(_run("bedrock", ARN, "-o", str(file), "--dry-run", "--json").stdout)

    assert (dry["file"], dry["dry_run"], file.exists()) == (str(file), True, False)
    assert _run("bedrock", ARN, "-o", str(file)).stdout == f"wrote {file}\n"
    assert json.loads(file.read_text()) == dry["recipe"]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one line."""
    result = _run("bedrock", ARN, "-o", str(tmp_path / "no" / "config.json"))

    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
