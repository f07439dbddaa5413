"""``rlvr aws bundle``: one file that AWS's checks execute and Lambda runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rlvr import parse_suite
from rlvr.cli.app import app
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer import bundle as bundle_module
from rlvr_aws.layer.bundle import Bundle, bundle_of
from rlvr_aws.layer.pruning import LayerFile
from rlvr_aws.layer.target import ARCHITECTURES, LayerTarget
from rlvr_aws.simulate.container import Container, DeployedFunction, Ending

ROOT = Path(__file__).parents[2]
CHOICES = ROOT / "examples" / "multiple_choice" / "suite.yaml"
TEXT = "tasks: {t: {scorers: [text.exact]}}"
ROWS = [
    {"id": "right", "messages": [{"role": "assistant", "content": "Paris"}], "reference_answer": "Paris"},
    {"id": "wrong", "messages": [{"role": "assistant", "content": "Rome"}], "reference_answer": "Paris"},
    {"messages": [{"role": "user", "content": "Capital?"}], "reference_answer": "Paris"},
]

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("bundle")]


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["aws", "bundle", *words])


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Make a bundle for this Python alone, once."""
    return bundle_of(parse_suite(TEXT), pythons=(f"{sys.version_info.major}.{sys.version_info.minor}",))


def _executed(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a file as AWS's verifiers do: its text, by exec, in an empty namespace, with a dict for a context."""
    code = f"""
import json, os, sys
os.environ.update({environment})
namespace = {{}}
exec(open({str(path)!r}).read(), namespace)
print(json.dumps(namespace["lambda_handler"](json.loads(sys.argv[1]), {{}})))
"""
    command = [sys.executable, "-I", "-S", "-c", code, json.dumps(ROWS)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _answer(done: subprocess.CompletedProcess[str]) -> Any:
    """Return what the handler answered, which stands behind its log."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_bundle_answers_where_nothing_is_installed(bundle: Bundle, tmp_path: Path) -> None:
    """By exec, without ``__file__``, and with rows that have no answer; its folder goes with the process."""
    path = tmp_path / "reward.py"
    path.write_text(bundle.text)
    done = _executed(path, TMPDIR=str(tmp_path))

    assert [(row["id"], row["aggregate_reward_score"]) for row in _answer(done)] == [
        ("right", 1.0),
        ("wrong", 0.0),
        ("2", 0.0),
    ]
    assert [each.name for each in tmp_path.iterdir()] == ["reward.py"]


def test_a_bundle_is_a_whole_function(bundle: Bundle, tmp_path: Path) -> None:
    """Under the real runtime client, with the file and nothing else in its folder."""
    (tmp_path / "reward_function.py").write_text(bundle.text)
    function = DeployedFunction(environment={}, handler="reward_function.lambda_handler", folder=tmp_path)
    with Container(function) as container:
        invocation = container.invoke(json.dumps(ROWS).encode())

    assert invocation.ending is Ending.ANSWERED, invocation
    assert [row["aggregate_reward_score"] for row in json.loads(invocation.body)] == [1.0, 0.0, 0.0]


def test_the_environment_may_name_another_suite(bundle: Bundle, tmp_path: Path) -> None:
    """And the envelope, as for a layer."""
    path = tmp_path / "reward.py"
    path.write_text(bundle.text)
    never = "tasks: {never: {scorers: [{scorer: text.exact, transform: [{clip: [0, 0]}]}]}}"
    done = _executed(path, RLVR_SUITE=never, RLVR_ENVELOPE="http-string")

    answer = _answer(done)
    assert answer["statusCode"] == 200
    assert [row["aggregate_reward_score"] for row in json.loads(answer["body"])] == [0.0, 0.0, 0.0]


def test_a_python_that_is_too_old_is_told(bundle: Bundle, tmp_path: Path) -> None:
    """AWS's SDK makes functions of python3.9; the import says so, and what to do."""
    path = tmp_path / "reward.py"
    path.write_text(bundle.text.replace("(3, 11)", "(4, 0)"))
    done = _executed(path)

    assert done.returncode == 1
    assert "create the function yourself with --runtime python3.13" in done.stderr


def test_a_python_that_it_was_not_made_for_is_told(bundle: Bundle, tmp_path: Path) -> None:
    """Where msgspec is not installed either."""
    path = tmp_path / "reward.py"
    path.write_text(bundle.text.replace('name == "_core" + suffix', "False"))
    done = _executed(path)

    assert done.returncode == 1
    assert "and this is another Python: pip install msgspec" in done.stderr


def test_a_bundle_has_the_same_bytes_each_time(bundle: Bundle) -> None:
    """As a layer."""
    again = bundle_of(parse_suite(TEXT), pythons=(f"{sys.version_info.major}.{sys.version_info.minor}",))

    assert again.digest == bundle.digest
    assert again.distributions == ("msgspec", "pluggy", "pyyaml", "rlvr", "rlvr_handler", "rlvr_text")


def test_a_compiled_plugin_is_refused_by_name(tmp_path: Path) -> None:
    """With the distribution, its file, and the way that works."""
    suite = tmp_path / "suite.yaml"
    suite.write_text("tasks: {t: {scorers: [math.equivalent]}}")
    result = _run(str(suite), "-o", str(tmp_path / "reward.py"))

    assert result.exit_code == 2
    assert "python_flint is compiled (flint/" in result.stderr
    assert "rlvr aws deploy" in result.stderr
    assert not (tmp_path / "reward.py").exists()


def test_a_name_that_is_no_text_is_told_as_one() -> None:
    """A file's name may be any bytes, and may hold what ends a text of Python."""
    suite = parse_suite(TEXT, source='a\udcff"""\n\\.yaml', suffix=".yaml")
    source = bundle_module._source(suite, "suite.yaml", {}, ("3.13",))

    assert compile(source.encode(), "bundle", "exec").co_consts


def test_a_bundle_that_does_not_start_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one whose suite reads a file of this folder, which no bundle carries; Lambda's boto3 is there."""
    (tmp_path / "words.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not any(LayerTarget(python, each).runs_here for each in ARCHITECTURES):
        pytest.skip("Lambda's binaries do not run here")

    bundle_module._try("import boto3", (python,))
    bundle_module._try("open('words.txt')", ("3.0",))  # for another Python
    with pytest.raises(DeploymentError, match=r"the bundle: does not work.*words\.txt.*--include"):
        bundle_module._try("open('words.txt')", (python,))


def test_what_is_only_faster_is_left_out() -> None:
    """PyYAML's parser in C; msgspec's is carried."""
    elf = b"\x7fELF"
    files = [
        LayerFile(name="yaml/_yaml.so", content=elf, distribution="pyyaml"),
        LayerFile(name="msgspec/_core.so", content=elf, distribution="msgspec"),
    ]

    assert [each.name for each in bundle_module._pure(files, "suite")] == ["msgspec/_core.so"]
    with pytest.raises(DeploymentError, match="suite: re2 is compiled"):
        list(bundle_module._pure([LayerFile(name="_re2.so", content=elf, distribution="re2")], "suite"))


def test_the_command_tells_what_it_made(tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name that Lambda wants of the handler; JSON is one document."""
    monkeypatch.setattr(bundle_module, "bundle_of", lambda *_, **__: bundle)
    path = tmp_path / "mine.py"
    told = json.loads(_run(str(CHOICES), "-o", str(path), "--json").stdout)

    assert (told["sha256"], told["bytes"]) == (bundle.digest, len(path.read_text()))
    assert "handler: mine.lambda_handler" in _run(str(CHOICES), "-o", str(path)).output


def test_what_is_to_be_left_out_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build is told; a name that the bundle does not have is an error, as for a layer."""
    told: list[Any] = []

    def bundle_without(*_: object, without: tuple[str, ...]) -> Bundle:
        told.append(without)
        return Bundle(text="", distributions=())

    monkeypatch.setattr(bundle_module, "bundle_of", bundle_without)
    _run(str(CHOICES), "-o", str(tmp_path / "mine.py"), "--without", "sympy")
    refused = _run(str(CHOICES), "-o", str(tmp_path / "other.py"), "--without", "sympy", "--dry-run")

    assert told == [("sympy",)]
    assert refused.exit_code != 0
    assert "does not contain sympy" in refused.output


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """And says what it would."""
    path = tmp_path / "reward.py"
    result = _run(str(CHOICES), "-o", str(path), "--dry-run")

    assert result.exit_code == 0
    assert "rlvr-text 0.1.0" in result.output
    assert json.loads(_run(str(CHOICES), "-o", str(path), "--dry-run", "--json").stdout)["dry_run"] is True
    assert not path.exists()
