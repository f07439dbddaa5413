"""What the READMEs show is run."""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from rlvr import parse_suite

ROOT = Path(__file__).parents[1]
READMES = sorted(path for path in ROOT.glob("**/README.md") if ".venv" not in path.parts and ".git" not in path.parts)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks(language: str) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), match[2])
        for path in READMES
        for match in _BLOCK.finditer(path.read_text(encoding="utf-8"))
        if match[1] == language
    ]


@pytest.mark.parametrize(("path", "code"), _blocks("python"))
def test_python_examples_run(path: str, code: str) -> None:
    """Each block stands alone, and its asserts hold."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, path, "exec"), {"__name__": "__example__"})  # noqa: S102  # our own documentation

    assert "assert" in code or "def " in code


@pytest.mark.parametrize(("path", "text"), _blocks("yaml"))
def test_yaml_examples_load(path: str, text: str) -> None:
    """Each is a whole suite."""
    assert parse_suite(text, source=path).tasks


SESSIONS = _blocks("console")
_AWS = "$ uv run rlvr aws "


@pytest.mark.parametrize(("path", "text"), [each for each in SESSIONS if not each[1].startswith(_AWS)])
def test_shown_sessions_are_real(path: str, text: str) -> None:
    """A command that starts with `$ uv run rlvr` prints what is shown below it, timings apart."""
    _check_session(path, text, ROOT)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", sorted({path for path, text in SESSIONS if text.startswith(_AWS)}))
def test_shown_aws_sessions_are_real(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, against an account of moto's that has a bucket."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        boto3.client("s3").create_bucket(Bucket="my-bucket")
        for where, text in SESSIONS:
            if where == path and text.startswith(_AWS):
                _check_session(path, text, tmp_path)
    finally:
        server.stop()


def _check_session(path: str, text: str, folder: Path) -> None:
    command, _, shown = text.partition("\n")
    words = shlex.split(command.removeprefix("$ uv run "))
    result = subprocess.run(
        [sys.executable, "-m", "rlvr.cli", *words[1:]], capture_output=True, text=True, cwd=folder, check=False
    )

    assert words[0] == "rlvr", path
    assert _without_times(result.stdout) == _without_times(shown), result.stderr


def _without_times(text: str) -> list[str]:
    """Blank what differs from run to run: times, rates, which record was the slowest, and the machine's size."""
    differs = r"per second|MB: |µs|│ (?:math|text)\.\w+ +│ \d|│ [a-z-]+ +│ +\d+\.\d │|on this machine"
    kept = [line for line in text.splitlines() if not re.search(differs, line)]
    return [re.sub(r"[0-9a-f]{16}", "fingerprint", line).rstrip() for line in kept if line.strip()]


def test_the_two_commands_stand_at_the_top() -> None:
    """One that scores an example and one that passes the tests; `.ci/run` runs the latter."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    top = readme[: readme.index("## ")]

    assert "uv run rlvr score examples/gsm8k/suite.yaml examples/gsm8k/records.jsonl" in top
    assert "uv run poe test" in top
    assert "uv run --exact --all-packages poe test" in (ROOT / ".ci" / "run").read_text()


def test_each_row_of_what_happens_when_names_a_test() -> None:
    """That is there, as pytest finds it."""
    table = (ROOT / "core" / "README.md").read_text().partition("## What happens when")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    names = [match[0] for row in rows if (match := re.search(r"tests/[^`]+", row))]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert len(names) == len(rows) > 20
    assert done.returncode == 0, done.stdout
