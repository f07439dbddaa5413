"""What is shipped: every member as a wheel, in a clean environment, beside a stranger's plugins."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
UV = os.environ.get("UV") or shutil.which("uv")

pytestmark = [
    pytest.mark.skipif(UV is None, reason="uv is not on PATH; `uv run poe test` brings it"),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("wheels"),
]

PYPROJECT = """
[project]
name = "{distribution}"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["rlvr"]
[project.entry-points.rlvr]
{namespace} = "{module}"
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"
[tool.hatch.build.targets.wheel]
only-include = ["{module}.py"]
"""

DEMO = '''
"""Scorers offered by rlvr-demo."""
import msgspec
from rlvr import Record, Score, hookimpl, scorer

class ShoutOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of demo.shout."""
    least: int = 1

@scorer(options=ShoutOptions, metrics=("marks",), bounded=True)
def shout(record: Record, options: ShoutOptions) -> Score:
    """Pay for exclamation marks."""
    marks = record.final.count("!")
    return Score.of(float(marks >= options.least), f"{marks} marks", marks=marks)

@hookimpl
def scorers():
    return {"shout": lambda: shout}
'''
BROKEN = "raise RuntimeError('compiled for another Python')"
MISSPELT = "from rlvr import hookimpl\n@hookimpl\ndef scorer():\n    return {}\n"

SUITE = "tasks: {t: {scorers: [{scorer: demo.shout, options: {least: 2}}]}}"
RECORDS = (
    '{"id": "loud", "messages": [{"role": "assistant", "content": "yes!!"}]}\n'
    '{"id": "calm", "messages": [{"role": "assistant", "content": "yes"}]}\n'
)


def _run(*command: str | Path, **kwargs: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **kwargs)


def _done(*command: str | Path, **kwargs: Any) -> str:
    result = _run(*command, **kwargs)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build every member as it is published: without workspace sources."""
    out = tmp_path_factory.mktemp("wheels")
    for member in (
        "core",
        *(f"plugins/{each.name}" for each in sorted((ROOT / "plugins").iterdir())),
        "handler",
        "aws",
        "lab",
        "trainers",
    ):
        _done(UV or "", "build", "--quiet", "--wheel", "--no-sources", "--out-dir", out, ROOT / member)
    return out


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build a stranger's plugin as a wheel of its own."""

    def build(distribution: str, source: str, namespace: str = "demo", version: str = "1.0") -> Path:
        folder = tmp_path_factory.mktemp(distribution)
        module = distribution.replace("-", "_")
        keys = {"distribution": distribution, "namespace": namespace, "module": module, "version": version}
        (folder / "pyproject.toml").write_text(PYPROJECT.format(**keys))
        (folder / f"{module}.py").write_text(source)
        _done(UV or "", "build", "--quiet", "--wheel", "--out-dir", folder / "dist", folder)
        return next((folder / "dist").glob("*.whl"))

    return build


@pytest.fixture(scope="session")
def clean(wheels: Path, demo: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of wheels only, with good, clashing, broken and misspelt plugins; returns its programs."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    _done(UV or "", "venv", "--quiet", "--python", sys.executable, venv)
    strangers = [
        demo("rlvr-demo", DEMO),
        demo("rlvr-broken", BROKEN, namespace="broken"),
        demo("rlvr-misspelt", MISSPELT, namespace="misspelt"),
        demo("rlvr-one", DEMO, namespace="twice"),
        demo("rlvr-two", DEMO, namespace="twice", version="2.0"),
    ]
    core = next(wheels.glob("rlvr-*.whl"))
    others = [wheel for wheel in wheels.glob("*.whl") if wheel != core]
    words = [f"rlvr[cli] @ {core.as_uri()}", *map(str, others), *map(str, strangers)]
    _done(UV or "", "pip", "install", "--quiet", "--python", venv, *words)
    return venv / ("Scripts" if os.name == "nt" else "bin")


def _suite(folder: Path, text: str) -> Path:
    path = folder / "suite.yaml"
    path.write_text(text)
    return path


def test_a_strangers_plugin_is_found_and_used(clean: Path, tmp_path: Path) -> None:
    """Its ``pip install`` is all that its users need."""
    records = tmp_path / "records.jsonl"
    records.write_text(RECORDS)
    out = tmp_path / "rewards.jsonl"

    _done(clean / "rlvr", "score", _suite(tmp_path, SUITE), records, "-o", out)

    rewards = {row["id"]: row["reward"] for row in map(json.loads, out.read_text().splitlines())}
    assert rewards == {"loud": 1.0, "calm": 0.0}


def test_every_plugin_is_listed_and_every_trouble_has_its_own_words(clean: Path) -> None:
    """A broken one never hides a good one, and each trouble names the distribution and the next step."""
    result = _run(clean / "rlvr", "plugins", "--json")
    text = result.stdout

    assert result.returncode == 1
    assert "demo.shout" in text
    assert "math.equivalent" in text
    assert "rlvr-broken 1.0: importing rlvr_broken raised RuntimeError: compiled for another Python" in text
    assert "rlvr-misspelt 1.0: a hook is wrong" in text
    assert "rlvr-one 1.0 and rlvr-two 2.0; uninstall all but one" in text


TROUBLES = {
    "demo.whisper": "rlvr-demo 1.0 offers no scorer 'demo.whisper'; it offers: demo.shout",
    "broken.x": "plugin 'broken' of rlvr-broken 1.0: importing rlvr_broken raised RuntimeError",
    "misspelt.x": "plugin 'misspelt' of rlvr-misspelt 1.0: a hook is wrong",
    "twice.shout": "plugin name 'twice' is offered by rlvr-one 1.0 and rlvr-two 2.0",
    "absent.x": "no installed distribution offers the plugin 'absent'",
}
CHECKS = """
import json, sys
from typer.testing import CliRunner
from rlvr.cli.app import app
results = {each: CliRunner().invoke(app, ["check", f"{each}.yaml"]) for each in sys.argv[1:]}
print(json.dumps({each: [result.exit_code, result.output] for each, result in results.items()}))
"""


def test_a_suite_that_needs_a_troubled_plugin_fails_by_name(clean: Path, tmp_path: Path) -> None:
    """Before the first record, with exit code 2 and no traceback."""
    for scorer in TROUBLES:
        (tmp_path / f"{scorer}.yaml").write_text(f"tasks: {{t: {{scorers: [{scorer}]}}}}")
    results = json.loads(_done(clean / "python", "-I", "-c", CHECKS, *TROUBLES, cwd=tmp_path))

    for scorer, words in TROUBLES.items():
        exit_code, text = results[scorer]

        assert exit_code == 2
        assert words in " ".join(text.split())
        assert "Traceback" not in text


def test_the_handler_works_from_wheels_alone(clean: Path) -> None:
    """As in a layer: nothing of the checkout is on the path."""
    code = (
        "import json, rlvr_handler.lambda_function as f;"
        "event = [{'id': 'a', 'messages': [{'role': 'assistant', 'content': 'Hi!!'}]}];"
        "print(json.dumps(f.lambda_handler(event, None)))"
    )
    env = {"RLVR_SUITE": SUITE, "PATH": os.environ["PATH"]}

    last = _done(clean / "python", "-I", "-c", code, env=env).splitlines()[-1]

    assert [(row["id"], row["aggregate_reward_score"]) for row in json.loads(last)] == [("a", 1.0)]


def test_the_command_of_an_extra_is_found_and_names_it(clean: Path, tmp_path: Path) -> None:
    """Without the runtime client it says in one line what to install."""
    records = tmp_path / "records.jsonl"
    records.write_text(RECORDS)
    result = _run(clean / "rlvr", "simulate", _suite(tmp_path, SUITE), records)

    assert result.returncode == 2
    assert "pip install 'rlvr-aws[simulate]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_commands_for_aws_work_from_wheels_alone(clean: Path, tmp_path: Path) -> None:
    """A layer is made of what the suite names, rlvr and the handler; not of the distribution that makes it."""
    policy = json.loads(_done(clean / "rlvr", "aws", "policy", "deploy"))
    build = ("aws", "layer", "build", _suite(tmp_path, SUITE), "--dry-run", "--json")
    wanted = json.loads(_done(clean / "rlvr", *build, cwd=tmp_path))

    assert "lambda:CreateFunction" in json.dumps(policy)
    assert [each["name"] for each in wanted["distributions"]] == ["rlvr", "rlvr-handler", "rlvr-demo"]


def test_the_commands_of_lab_work_from_wheels_alone(clean: Path, tmp_path: Path) -> None:
    """``rlvr compare`` finds no flip between a suite and itself, and its page has what is not Python too."""
    records = tmp_path / "records.jsonl"
    records.write_text(RECORDS)
    suite = _suite(tmp_path, SUITE)

    page = tmp_path / "page.html"

    found = json.loads(_done(clean / "rlvr", "compare", suite, suite, records, "--json", "-o", page))

    assert (found["rows"], found["flips"]) == (2, [])
    assert "<script>(async" in page.read_text()


def test_the_adapters_of_trainers_work_from_wheels_alone(clean: Path, tmp_path: Path) -> None:
    """Without any trainer; and ``rlvr conformance`` finds no difference."""
    records = tmp_path / "records.jsonl"
    records.write_text(RECORDS)
    suite = _suite(tmp_path, SUITE)
    code = f"from rlvr_trainers.trl import reward; print(reward({str(suite)!r})(completions=['yes!!', 'yes']))"

    paid = _done(clean / "python", "-c", code)
    found = json.loads(_done(clean / "rlvr", "conformance", suite, records, "--json"))

    assert paid.strip() == "[1.0, 0.0]"
    assert {each["shape"]: each["differences"] for each in found if each["differences"]} == {}
    assert {each["rows"] for each in found} == {2}


def test_the_handler_needs_no_command_line_and_no_boto3(wheels: Path) -> None:
    """Its wheel requires rlvr and msgspec, and has what runs in Lambda and nothing else."""
    handler = next(wheels.glob("rlvr_handler-*.whl"))
    with zipfile.ZipFile(handler) as archive:
        text = archive.read("rlvr_handler-0.1.0.dist-info/METADATA").decode()
        lines = sum(archive.read(name).count(b"\n") for name in archive.namelist() if name.endswith(".py"))

    assert [line for line in text.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: msgspec>=0.19",
        "Requires-Dist: rlvr",
    ]
    assert lines < 1_000


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_plain_pip_installs_the_checkout(tmp_path: Path) -> None:
    """`pip install .` in a plain environment, then `rlvr score`."""
    venv = tmp_path / "venv"
    _done(sys.executable, "-m", "venv", venv)
    _done(venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", ROOT)
    example = ROOT / "examples" / "gsm8k"

    result = _run(venv / "bin" / "rlvr", "score", example / "suite.yaml", example / "records.jsonl", "--json")

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["records"] >= 10
