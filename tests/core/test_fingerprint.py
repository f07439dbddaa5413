"""A fingerprint changes with everything that decides a reward, and with nothing else."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rlvr.cli.app import app
from rlvr.fingerprint import dependency_versions

SCORER = """
from rlvr import hookimpl, scorer


@scorer(reads=(), bounded=True)
def shout(record, options):
    return float(record.final.count("!") >= 1)


@hookimpl
def scorers():
    return {"shout": lambda: shout}
"""


def _install(folder: Path, *, as_package: bool) -> Path:
    """Install a plugin in a folder, as pip does; return the file of its code."""
    metadata = folder / "rlvr_demo-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: rlvr-demo\nVersion: 1.0\nRequires-Dist: rlvr\n")
    (metadata / "entry_points.txt").write_text("[rlvr]\ndemo = rlvr_demo\n")
    code = folder / "rlvr_demo" / "__init__.py" if as_package else folder / "rlvr_demo.py"
    code.parent.mkdir(exist_ok=True)
    code.write_text(SCORER)
    return code


def _scored(folder: Path, rlvr: Path) -> tuple[float, str]:
    """Score a row in a new process; return the reward and the fingerprint."""
    suite = {"tasks": {"t": {"scorers": ["demo.shout"]}}, "cache": {"file": str(folder / "scores.sqlite")}}
    program = (
        "import json; from rlvr import parse_suite, score_rows\n"
        f"report = score_rows(parse_suite({json.dumps(suite)!r}), [{{'completion': 'Yes!'}}])\n"
        "print(json.dumps([report.rewards[0].value, report.fingerprint]))\n"
    )
    # Byte code of the same second and size would stand for the edited file.
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{rlvr}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    value, fingerprint = json.loads(done.stdout)
    return value, fingerprint


@pytest.mark.parametrize("as_package", [False, True], ids=["module", "package"])
def test_an_edited_scorer_is_another_scorer(tmp_path: Path, *, as_package: bool) -> None:
    """Even with the same version: no score of the old one is taken from the cache."""
    code = _install(tmp_path, as_package=as_package)
    before = _scored(tmp_path, _core())
    code.write_text(SCORER.replace(">= 1", ">= 2"))
    after = _scored(tmp_path, _core())

    assert (before[0], after[0]) == (1.0, 0.0)
    assert before[1] != after[1]


def test_data_beside_the_code_of_a_plugin_counts_and_its_documentation_does_not(tmp_path: Path) -> None:
    """A rule pack can change rewards as code can."""
    folder = _install(tmp_path, as_package=True).parent
    prints = [_scored(tmp_path, _core())[1]]
    for name, content in (("README.md", "a"), ("py.typed", ""), ("rules.yaml", "a"), ("rules.yaml", "b"), ("x.py", "")):
        (folder / name).write_text(content)
        prints.append(_scored(tmp_path, _core())[1])

    assert prints[0] == prints[1] == prints[2]
    assert len(set(prints[2:])) == 4


def _core() -> Path:
    import rlvr

    return Path(rlvr.__file__).parents[1]


CORE_FILES = {
    "cli/explain.py": False,
    "testing.py": False,
    "runs/output.py": False,
    "report.py": False,
    "aggregate.py": True,
    "record/reading.py": True,
    "workers/batch.py": True,
}


def test_byte_code_that_another_process_is_writing_changes_nothing(tmp_path: Path) -> None:
    """Its file has a name of its own until it is whole, and is gone a moment later."""
    folder = _install(tmp_path, as_package=True).parent
    before = _scored(tmp_path, _core())[1]
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "__init__.cpython-311.pyc.140441498348848").write_text("half")

    assert _scored(tmp_path, _core())[1] == before


def test_only_code_of_core_that_can_change_a_reward_counts(tmp_path: Path) -> None:
    """A comment in the command line does not change the fingerprint."""
    _install(tmp_path / "plugin", as_package=False)
    copy = tmp_path / "core" / "rlvr"
    shutil.copytree(_core() / "rlvr", copy)
    prints = [_scored(tmp_path / "plugin", copy.parent)[1]]
    for file in CORE_FILES:
        with (copy / file).open("a") as code:
            code.write("# a comment\n")
        prints.append(_scored(tmp_path / "plugin", copy.parent)[1])
    changed = {file: before != after for file, (before, after) in zip(CORE_FILES, pairwise(prints), strict=True)}

    assert changed == CORE_FILES


def test_versions_are_those_of_the_requirements_of_a_distribution() -> None:
    """Extras do not count, since a layer may lack them; an absent distribution has no version."""
    found = dependency_versions(["rlvr", "no-such-distribution"])

    assert found == {
        "no-such-distribution": "",
        **{name.lower(): version(name) for name in ("rlvr", "msgspec", "pluggy", "PyYAML")},
    }


def _identity(*words: str) -> Result:
    return CliRunner().invoke(app, ["plugins", "--fingerprint", *words])


def test_two_installations_are_compared(tmp_path: Path) -> None:
    """The output of the other one is in a file; each difference is a line."""
    mine: dict[str, Any] = json.loads(_identity("--json").stdout)
    (tmp_path / "same.json").write_text(json.dumps(mine))
    other = {**mine, "python": "3.9", "code": {**mine["code"], "rlvr": "0" * 16, "rlvr_gone": "1" * 16}}
    (tmp_path / "other.json").write_text(json.dumps(other))
    same, differs = (
        _identity("--against", str(tmp_path / "same.json")),
        _identity("--against", str(tmp_path / "other.json")),
    )

    assert {"code", "contract", "python", "versions"} == mine.keys()
    assert set(mine["code"]) >= {"rlvr", "rlvr_text"}
    assert (same.exit_code, "no difference" in same.stdout) == (0, True)
    assert differs.exit_code == 1
    for words in ("python", "3.9", "rlvr_gone", "0" * 16):
        assert words in differs.stdout
    assert "rlvr_text" not in differs.stdout


def test_a_file_that_is_not_an_installation_is_an_error(tmp_path: Path) -> None:
    """The error is one line."""
    (tmp_path / "text").write_text("[]")
    found = _identity("--against", str(tmp_path / "text"))

    assert found.exit_code == 2
    assert "is not an output of `rlvr plugins --fingerprint --json`" in found.stderr
