"""What the READMEs and the pages of the site show is run."""

import ast
import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser
from typer.testing import CliRunner

from rlvr import parse_suite
from rlvr.cli.app import app

ROOT = Path(__file__).parents[1]
_OTHERS = {"build", "dist", "node_modules"}
_GENERATED = ROOT / "docs" / "reference"


def _is_other(path: Path) -> bool:
    """Return True for a path in an environment, or in what was built."""
    return any(part.startswith(".") or part in _OTHERS for part in path.relative_to(ROOT).parts)


PAGES = sorted(
    path
    for path in (*ROOT.glob("**/README.md"), *ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md")
    if not _is_other(path) and path.parent != _GENERATED and path.is_file()
)


def _save(example: Example) -> None:
    """Write a block to the file that the line above it names."""
    line = example.document.text[: example.region.start].rstrip().rpartition("\n")[2]
    if match := re.search(r"Save this as `([^`/]+)`", line):
        Path(match[1]).unlink(missing_ok=True)  # a link to the file of the checkout must not lead there
        Path(match[1]).write_text(str(example.parsed), encoding="utf-8")


def _run_python(example: Example) -> None:
    """Each block stands alone, and its asserts hold."""
    _save(example)
    code = str(example.parsed)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile("\n" * example.line + code, example.path, "exec"), {"__name__": "__example__"})  # noqa: S102  # our own documentation

    assert "assert" in code or "def " in code, _name(example)


def _load_suite(example: Example) -> None:
    """Each block is a whole suite."""
    _save(example)
    assert parse_suite(str(example.parsed), source=_name(example)).tasks


def _run_session(example: Example) -> None:
    """A command that starts with `$ rlvr` or `$ uv run rlvr` prints what is shown below it, timings apart."""
    command, _, shown = str(example.parsed).partition("\n")
    words = shlex.split(command.removeprefix("$ ").removeprefix("uv run "))
    result = CliRunner().invoke(app, words[1:])

    assert words[0] == "rlvr", _name(example)
    assert _without_times(result.stdout) == _without_times(shown), (_name(example), result.stderr)


EVALUATORS = {"python": _run_python, "yaml": _load_suite, "console": _run_session, "json": _save, "toml": _save}
SYBIL = Sybil([CodeBlockParser(language, evaluator) for language, evaluator in EVALUATORS.items()])
EXAMPLES = [example for page in PAGES for example in SYBIL.parse(page).examples()]
_AWS = "$ uv run rlvr aws "
_FENCE = re.compile(rf"^```(?:{'|'.join(EVALUATORS)})$", re.MULTILINE)


def _is_aws(example: Example) -> bool:
    return str(example.parsed).startswith(_AWS)


def _name(example: Example) -> str:
    return f"{Path(example.path).relative_to(ROOT)}:{example.line}"


def test_no_block_is_left_out() -> None:
    """As many examples are found as there are fences."""
    fences = sum(len(_FENCE.findall(page.read_text(encoding="utf-8"))) for page in PAGES)

    assert len(EXAMPLES) == fences > 100


def _checkout_in(folder: Path) -> Path:
    """Make a folder in which the files of the checkout stand, and in which an example may write."""
    for path in ROOT.iterdir():
        if not _is_other(path) and path.name != "runs":
            (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", [*map(str, PAGES)], ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_what_is_shown_is_real(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python runs, suites load, commands print what is shown: one block of a page after the other, in one folder."""
    monkeypatch.chdir(_checkout_in(tmp_path))

    for example in EXAMPLES:
        if example.path == path and not _is_aws(example):
            example.evaluate()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", sorted({each.path for each in EXAMPLES if _is_aws(each)}))
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
        monkeypatch.chdir(tmp_path)
        for example in EXAMPLES:
            if example.path == path and _is_aws(example):
                example.evaluate()
    finally:
        server.stop()


def _without_times(text: str) -> list[str]:
    """Blank what differs from run to run: times, rates, which record was the slowest, and the machine's size."""
    differs = (
        r"per second| rows in |median +99 %|MB: |µs|\d ms +\d|│ (?:math|text)\.\w+ +│ \d|│ [a-z-]+ +│ +\d+\.\d │|"
        r"on this machine"
    )
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
    """A function of the file; what stands in brackets is a value or an id of its cases."""
    table = (
        (ROOT / "docs" / "guide" / "workers.md").read_text().partition("## What happens when")[2].partition("\n## ")[0]
    )
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    named = [match.groups() for row in rows if (match := re.search(r"`(tests/[^`:]+)::(\w+)(?:\[([^`]+)\])?`", row))]

    assert len(named) == len(rows) > 20
    for path, name, case in named:
        text = (ROOT / path).read_text()
        tests = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}

        assert name in tests
        assert case is None or f'"{case}"' in text
