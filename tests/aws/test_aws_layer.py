"""``rlvr aws layer build``: what is put in, what is left out, and what a layer is tried for."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from rlvr import Suite, load_suite, parse_suite
from rlvr.cli.app import app
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer import build as build_module
from rlvr_aws.layer import trial as trial_module
from rlvr_aws.layer import wheels as wheels_module
from rlvr_aws.layer.archive import UNZIPPED_LIMIT_BYTES, DistributionSize, sizes, split, zip_files
from rlvr_aws.layer.build import Archive, Layer, build_from, build_layer, unpack
from rlvr_aws.layer.layer_command import warn_of_difference
from rlvr_aws.layer.needs import Need, Needs, Origin, _extras_asked, _extras_of_marker, needs_of
from rlvr_aws.layer.pruning import LayerFile, is_left_out, kept_files
from rlvr_aws.layer.target import PYTHONS, Architecture, LayerTarget, interpreter_for
from rlvr_aws.layer.trial import Trial, check_binaries, check_metadata, run_isolated, try_layer
from rlvr_aws.layer.wheels import install, requirements_of
from rlvr_aws.simulate.container import Container, DeployedFunction, Ending

ROOT = Path(__file__).parents[2]
GSM8K = ROOT / "examples" / "gsm8k" / "suite.yaml"
CHOICES = ROOT / "examples" / "multiple_choice" / "suite.yaml"
FULL = """
tasks:
  math: {scorers: [math.equivalent]}
  code: {scorers: [code.tests]}
  schema: {scorers: [{scorer: schema.json, options: {schema: {type: object}}}]}
  compliance: {scorers: [compliance.pii]}
route: {default: math}
"""
MEGABYTE = 1024 * 1024


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "120", "TERM": "dumb"}).invoke(app, ["aws", "layer", "build", *words])


def _native() -> LayerTarget:
    """Return a target that this machine can try, of this Python if Lambda has it; or the default one."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    ordered = sorted(PYTHONS, key=lambda each: each != own)
    return next((LayerTarget(each) for each in ordered if interpreter_for(LayerTarget(each))), LayerTarget())


@pytest.fixture(scope="session")
def gsm8k() -> Layer:
    """Build the layer of the gsm8k example, once."""
    return build_layer(load_suite(GSM8K), _native())


@pytest.fixture(scope="session")
def small() -> Layer:
    """Build a layer without sympy and FLINT, in a seventh of the time."""
    return build_layer(load_suite(CHOICES), _native())


def _names(layer: Layer) -> list[str]:
    return [name for each in layer.archives for name in zipfile.ZipFile(io.BytesIO(each.content)).namelist()]


def _file(name: str, content: bytes = b"", distribution: str = "d") -> LayerFile:
    return LayerFile(name=name, content=content, distribution=distribution)


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_layer_holds_what_the_suite_needs_and_no_more(gsm8k: Layer) -> None:
    """Core, handler, the named plugin with its metadata; no other plugin, no boto3, no tests, no byte code."""
    names = _names(gsm8k)
    tops = {name.split("/")[1] for name in names}

    assert {"rlvr", "rlvr_handler", "rlvr_math", "flint", "msgspec", "pluggy", "yaml"} <= tops
    assert tops.isdisjoint({"rlvr_text", "rlvr_code", "rlvr_schema", "boto3", "botocore", "typer", "bin", "rlvr_aws"})
    assert "python/rlvr_math-0.1.0.dist-info/entry_points.txt" in names
    assert "python/rlvr_math-0.1.0.dist-info/METADATA" in names
    assert not [name for name in names if "/tests/" in name or name.endswith((".pyc", "direct_url.json"))]


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_its_table_tells_the_whole(gsm8k: Layer) -> None:
    """The sizes of the distributions add up to those of the zip, but for its end."""
    (archive,) = gsm8k.archives

    assert sum(size.unzipped for size in gsm8k.table) == archive.unzipped
    assert 0 <= len(archive.content) - sum(size.zipped for size in gsm8k.table) < 100
    assert gsm8k.zipped < 20 * MEGABYTE


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_layer_is_tried_where_nothing_else_is_installed(gsm8k: Layer) -> None:
    """By a Python of its version; the fingerprint is what the same suite has here, the Python's version apart."""
    if gsm8k.trial is None:
        pytest.skip(f"no Python of {', '.join(PYTHONS)} is on this machine")

    assert gsm8k.trial.scorers == ("math.equivalent",)
    assert gsm8k.trial.reward == 1.0
    assert gsm8k.trial.findings == {"math: evaluation of limits and series": "on"}
    assert gsm8k.trial.import_seconds > 0
    if _native().python == f"{sys.version_info.major}.{sys.version_info.minor}":
        assert gsm8k.trial.fingerprint == load_suite(GSM8K).fingerprint


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_layer_that_lost_its_metadata_is_refused(small: Layer, tmp_path: Path) -> None:
    """It would score every record with nothing; both looks at it see that."""
    suite = load_suite(CHOICES)
    unpack(small.archives, tmp_path)
    for path in (tmp_path / "python").glob("*.dist-info/entry_points.txt"):
        path.unlink()
    with pytest.raises(DeploymentError, match="announces the plugin 'text'"):
        check_metadata(kept_files(tmp_path / "python"), suite)
    interpreter = interpreter_for(small.target)
    if interpreter is not None:
        with pytest.raises(DeploymentError, match="no installed distribution offers the plugin 'text'"):
            try_layer(tmp_path / "python", suite, interpreter)


def _strange_layer(layer: Layer, folder: Path, monkeypatch: pytest.MonkeyPatch, head: str) -> tuple[Path, Suite, Path]:
    """Unpack a layer, add a plugin, here as there; returns the layer's folder, a suite, a Python to try it with."""
    interpreter = interpreter_for(layer.target)
    if interpreter is None:
        pytest.skip(f"no Python of {', '.join(PYTHONS)} is on this machine")
    unpack(layer.archives, folder)
    _stranger(folder / "python", None, head)
    here = folder / "here"
    here.mkdir()
    _stranger(here, None)
    monkeypatch.syspath_prepend(here)
    monkeypatch.delitem(sys.modules, "strange_module", raising=False)
    return folder / "python", parse_suite("tasks: {t: {scorers: [strange.zero]}}"), interpreter


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_plugin_may_use_lambdas_boto3(small: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which no layer holds: the trial lends this machine's, to scorers in processes of their own too."""
    folder, suite, interpreter = _strange_layer(small, tmp_path, monkeypatch, "import boto3, botocore.session")

    assert try_layer(folder, suite, interpreter).scorers == ("strange.zero",)


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_function_has_the_files_beside_it_and_no_others(
    small: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a suite reads, and nobody included, is missed in the trial and not in Lambda."""
    (tmp_path / "words.txt").write_text("here")
    monkeypatch.chdir(tmp_path)
    folder, suite, interpreter = _strange_layer(small, tmp_path, monkeypatch, "open('words.txt').close()")

    try_layer(folder, suite, interpreter)
    try_layer(
        folder, suite, interpreter, {"response": "x" * 200_000}, own_files={"words.txt": b"there", "a/b.txt": b""}
    )
    with pytest.raises(DeploymentError, match=r"words\.txt.*--include"):
        try_layer(folder, suite, interpreter, own_files={})


def test_uv_is_given_this_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it looks for one, and fetches one where there is none on the path."""
    given: dict[str, Any] = {}

    def run(command: list[str], **words: Any) -> subprocess.CompletedProcess[str]:
        given.update(words["env"], command=command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    install(["rlvr"], {}, LayerTarget(), tmp_path)

    assert given["UV_PYTHON"] == sys.executable
    assert given["command"][-2:] == ["--", "rlvr"]  # no requirement is an option


def test_uv_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `pip install .` has none: the one that runs this program is used, then one on PATH."""
    given: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        given.append(command[0])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("UV", raising=False)
    with pytest.raises(DeploymentError, match="pip install uv"):
        install(["rlvr"], {}, LayerTarget(), tmp_path / "layer")
    (tmp_path / "uv").touch(mode=0o755)
    install(["rlvr"], {}, LayerTarget(), tmp_path / "layer")
    monkeypatch.setenv("UV", "/opt/uv")
    install(["rlvr"], {}, LayerTarget(), tmp_path / "layer")

    assert given == [str(tmp_path / "uv"), "/opt/uv"]


@pytest.mark.parametrize(("extra", "left_out"), [("rapidfuzz", True), ("boto3>=1.40", False), ("./botocore.whl", True)])
def test_lambdas_boto3_is_left_out_unless_a_newer_one_is_asked_for(
    extra: str,
    left_out: bool,  # noqa: FBT001  # the expected answer
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For a field that Lambda's own does not know."""
    told: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        told.append(Path(command[command.index("--excludes") + 1]).read_text())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    install(["rlvr==1", extra], {}, LayerTarget(), tmp_path)

    assert told == ["boto3\nbotocore\ns3transfer\n" if left_out else ""]


@pytest.mark.parametrize(
    ("python", "fingerprint", "told"), [("here", "b", True), ("here", "a", False), ("3.0", "b", False)]
)
def test_a_layer_that_scores_otherwise_than_this_environment_is_told(
    python: str,
    fingerprint: str,
    told: bool,  # noqa: FBT001  # the expected answer
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where the Python is one, which the fingerprint covers."""
    suite = msgspec.structs.replace(parse_suite("tasks: {t: {scorers: [text.exact]}}"), fingerprint="a")
    target = LayerTarget(f"{sys.version_info.major}.{sys.version_info.minor}" if python == "here" else python)
    trial = Trial(import_seconds=0.1, scorers=("text.exact",), fingerprint=fingerprint, reward=1.0)
    warn_of_difference(Layer(target=target, archives=(), table=(), trial=trial), suite)

    assert ("the layer's fingerprint is b, and that of this environment is a" in capsys.readouterr().err) is told


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("layer")
@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_the_layer_of_all_plugins_keeps_the_limits_and_its_bytes(architecture: Architecture) -> None:
    """Under 50 MB zipped and 200 MB unzipped, and built twice to the same bytes."""
    first, second = (build_layer(parse_suite(FULL), LayerTarget("3.13", architecture)) for _ in range(2))

    assert [each.digest for each in first.archives] == [each.digest for each in second.archives]
    assert len(first.archives) == 1
    assert first.zipped < 50 * MEGABYTE
    assert first.unzipped < 200 * MEGABYTE


# Prints how many modules of a layer are compiled when a function of two plugins starts.
COUNT_COMPILED = """
import os, sys
runtime, folder = sys.argv[1:]
sys.path.insert(0, folder)
sys.path.append(runtime)
compiled = []

def note(event, words):
    if event == "compile" and str(words[1]).startswith(folder):
        compiled.append(words[1])

sys.addaudithook(note)
os.environ["RLVR_SUITE"] = "{tasks: {a: {scorers: [code.tests]}, b: {scorers: [text.exact]}}, route: {default: a}}"
import rlvr_handler.lambda_function
from rlvr import close
close(rlvr_handler.lambda_function._suite)
print(len(compiled))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("layer")
def test_byte_code_spares_a_start_from_compiling_and_has_the_same_bytes(tmp_path: Path) -> None:
    """It is Lambda's Python's own, and never compared with its source."""
    target = _native()
    interpreter = interpreter_for(target)
    if interpreter is None:
        pytest.skip(f"no Python of {', '.join(PYTHONS)} is on this machine")
    suite = parse_suite("tasks: {a: {scorers: [code.tests]}, b: {scorers: [text.exact]}}\nroute: {default: a}")
    plain = build_layer(suite, target)
    first, second = (build_layer(suite, target, byte_code=True) for _ in range(2))

    assert [each.digest for each in first.archives] == [each.digest for each in second.archives]
    assert any(name.endswith(f"cpython-3{target.python[2:]}.pyc") for name in _names(first))
    compiled = {}
    for name, layer in (("plain", plain), ("byte code", first)):
        (tmp_path / name).mkdir()
        unpack(layer.archives, tmp_path / name)
        words = [str(tmp_path / name / "python")]
        done = run_isolated("the layer", interpreter, COUNT_COMPILED, words, room=tmp_path / name, folder=None)
        compiled[name] = int(done.stdout.splitlines()[-1])
    assert compiled["plain"] > 50
    assert compiled["byte code"] == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("layer")
def test_an_unpacked_layer_answers_under_the_real_runtime_client(gsm8k: Layer, tmp_path: Path) -> None:
    """``awslambdaric`` in the target's Python, with the layer and nothing else on the path."""
    interpreter = interpreter_for(gsm8k.target)
    if interpreter is None:
        pytest.skip(f"no Python of {', '.join(PYTHONS)} is on this machine")
    unpack(gsm8k.archives, tmp_path)
    subprocess.run(["uv", "venv", "-q", "-p", str(interpreter), tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(["uv", "pip", "install", "-q", "-p", str(python), "awslambdaric"], check=True)
    environment = {"RLVR_SUITE": str(GSM8K), "PYTHONPATH": str(tmp_path / "python")}
    row = {"id": "a", "response": "The answer is 42.", "answer": "42"}
    with Container(DeployedFunction(environment=environment, interpreter=str(python))) as container:
        invocation = container.invoke(json.dumps([row]).encode())

    assert invocation.ending is Ending.ANSWERED, invocation
    assert [result["aggregate_reward_score"] for result in json.loads(invocation.body)] == [1.0]


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_layer_too_large_for_one_zip_is_split(small: Layer) -> None:
    """Between distributions, and it works as one."""
    suite = load_suite(CHOICES)
    row = {"prompt": "Which?\nA) x\nB) y", "response": "B", "answer": "B"}
    layer = build_from(needs_of(suite), suite, small.target, byte_code=False, row=row, limit=1_000_000)

    assert [len(archive.content) <= 1_000_000 for archive in layer.archives] == [True, True]
    assert sorted(_names(layer)) == sorted(_names(small))
    assert layer.trial is None or layer.trial.reward == 1.0


@given(st.dictionaries(st.text("abcdef/", min_size=1, max_size=8), st.binary(max_size=64), max_size=8))
def test_equal_files_give_equal_bytes(files: dict[str, bytes]) -> None:
    """In whatever order they come; and they come out as they went in."""
    archive = zip_files(dict(sorted(files.items(), reverse=True)))
    opened = zipfile.ZipFile(io.BytesIO(archive))

    assert archive == zip_files(files)
    assert {name: opened.read(name) for name in opened.namelist()} == files
    assert {entry.date_time for entry in opened.infolist()} <= {(1980, 1, 1, 0, 0, 0)}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(10, 60))
def test_split_loses_nothing_and_keeps_the_limit(lengths: list[int], limit: int) -> None:
    """But for a distribution that is larger by itself; more than five zips are refused."""
    files = [_file(f"{n}.so", b"x" * length, f"d{n}") for n, length in enumerate(lengths)]
    table = [DistributionSize(distribution=f"d{n}", files=1, unzipped=s, zipped=s) for n, s in enumerate(lengths)]
    try:
        parts = split(files, table, limit)
    except DeploymentError as error:
        assert sum(lengths) > 2 * limit  # two neighbours fill more than one zip
        assert "a function may have 5" in str(error)  # noqa: PT017
        return

    assert sorted(each.name for part in parts for each in part) == sorted(each.name for each in files)
    assert all(sum(len(each.content) for each in part) <= limit or len(part) == 1 for part in parts)


def test_what_lambda_cannot_unpack_is_refused_with_the_largest() -> None:
    """Before anything is sent."""
    huge = DistributionSize(distribution="torch", files=1, unzipped=UNZIPPED_LIMIT_BYTES + 1, zipped=1)

    with pytest.raises(DeploymentError, match=r"unpacks to 262 MB.*torch 262 MB.*container image"):
        split([], [huge], 1)


@pytest.mark.each(
    ("name", "left_out"),
    [
        ("sympy/core/tests/test_basic.py", True),
        ("sympy/testing/runtests.py", False),
        ("tests.py", False),
        ("flint/types/fmpz.pyx", True),
        ("yaml/__init__.py", False),
        ("rlvr/__pycache__/score.cpython-311.pyc", True),
        ("rlvr_math-0.1.0.dist-info/entry_points.txt", False),
        ("rlvr_math-0.1.0.dist-info/direct_url.json", True),
        ("rlvr_math-0.1.0.dist-info/licenses/LICENSE", False),
        ("flint/test/test_all.py", True),
        ("flint/test/__main__.py", False),
        ("django/test/client.py", False),
        ("rlvr_handler/handler.py", False),
        ("rlvr/testing.py", True),
        ("rlvr/cli/app.py", True),
        ("rlvr/runs/rows.py", True),
        ("rlvr/report.py", False),
        ("rlvr_math/cli/app.py", False),
        ("bin/rlvr", True),
        ("include/site/x.txt", True),
        ("jq/bin/jq", False),
        ("jq/include/words.txt", False),
    ],
)
def test_what_is_left_out(name: str, left_out: bool) -> None:  # noqa: FBT001  # the expected answer
    """Tests, sources of compiled code, notes of this machine and people's tools; never what a fingerprint covers."""
    assert is_left_out(name) is left_out


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("rlvr_strange/tests/__init__.py", False),
        ("rlvr_strange/languages/hello.c", False),
        ("rlvr_strange/__pycache__/a.cpython-313.pyc", True),
        ("rlvr_strange-1.0.dist-info/INSTALLER", True),
    ],
)
def test_a_plugins_package_stays_whole(name: str, left_out: bool) -> None:  # noqa: FBT001  # the expected answer
    """Its fingerprint covers each module, tests included: a layer without them would score under another."""
    assert is_left_out(name, of_plugin=True) is left_out


def test_the_files_of_a_plugin_are_known_by_its_metadata(tmp_path: Path) -> None:
    """And what can be run stays a program, in the zip and out of it."""
    for distribution, points in (("plugin", "[rlvr]\np = plugin"), ("other", "[console_scripts]\nx = other")):
        for name, text in (
            (f"{distribution}/tests/a.py", ""),
            (f"{distribution}-1.dist-info/entry_points.txt", points),
        ):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        (tmp_path / f"{distribution}-1.dist-info" / "RECORD").write_text(
            f"{distribution}/tests/a.py,,\n{distribution}-1.dist-info/entry_points.txt,,\n"
        )
    (tmp_path / "plugin" / "tests" / "a.py").chmod(0o755)
    files = {each.name: each for each in kept_files(tmp_path)}
    unpack([build_module._archive(list(files.values()))], tmp_path / "out")

    assert [name for name in files if name.endswith("a.py")] == ["plugin/tests/a.py"]
    assert os.access(tmp_path / "out" / "python" / "plugin" / "tests" / "a.py", os.X_OK)
    assert (tmp_path / "out/python/plugin-1.dist-info/entry_points.txt").stat().st_mode & 0o777 == 0o644


def test_the_metadatas_list_names_what_is_kept(tmp_path: Path) -> None:
    """So that files can be looked up in it."""
    for name in ("p/__init__.py", "p/tests/test_p.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    record = tmp_path / "p-1.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text('p/tests/test_p.py,,\np/__init__.py,sha256=x,0\n"p-1.dist-info/RECORD",,\n')
    files = {each.name: each for each in kept_files(tmp_path)}

    assert list(files) == ["p-1.dist-info/RECORD", "p/__init__.py"]
    assert files["p-1.dist-info/RECORD"].content == b'"p-1.dist-info/RECORD",,\np/__init__.py,sha256=x,0\n'
    assert {each.distribution for each in files.values()} == {"p"}


def test_compiled_code_for_another_processor_is_refused() -> None:
    """As pip would leave it, run without a platform."""
    arm = b"\x7fELF" + bytes(14) + (183).to_bytes(2, "little")
    check_binaries([_file("a.so", arm), _file("a.py", b"x")], "arm64")

    with pytest.raises(DeploymentError, match=r"a\.so: is compiled for another processor than x86_64"):
        check_binaries([_file("a.so", arm)], "x86_64")


def _stranger(folder: Path, direct_url: str | None, head: str = "") -> None:
    """Install a plugin ``strange`` as pip would, by hand; ``head`` is at the top of its module."""
    info = folder / "rlvr_strange-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rlvr-strange\nVersion: 1.0\nRequires-Dist: rlvr\n")
    (info / "entry_points.txt").write_text("[rlvr]\nstrange = strange_module\n")
    if direct_url is not None:
        (info / "direct_url.json").write_text(direct_url)
    (folder / "strange_module.py").write_text(
        f"{head}\nfrom rlvr import hookimpl\n@hookimpl\n"
        "def scorers():\n    return {'zero': lambda: lambda _record, _: 0.0}\n"
    )


def _strange_suite(folder: Path, monkeypatch: pytest.MonkeyPatch, direct_url: str | None) -> Suite:
    _stranger(folder, direct_url)
    monkeypatch.syspath_prepend(folder)
    return parse_suite("tasks: {t: {scorers: [strange.zero]}}")


def test_what_a_suite_needs_is_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's plugin by its version, ours from their folders, and pins for what they require."""
    needs = needs_of(_strange_suite(tmp_path, monkeypatch, None), extra=["rapidfuzz>=3"])
    by_name = {need.name: need for need in needs.roots}

    assert list(by_name) == ["rlvr", "rlvr-handler", "rlvr-strange"]
    assert by_name["rlvr-strange"] == Need(name="rlvr-strange", version="1.0")
    assert by_name["rlvr"].origin == "folder"
    assert Path(by_name["rlvr"].place) == ROOT / "core"
    assert needs.local == ()
    assert {"msgspec", "pluggy", "pyyaml", "rapidfuzz"} <= set(needs.pins)
    assert not {"boto3", "rlvr-math"} & set(needs.pins)


@pytest.mark.parametrize(
    ("direct_url", "told"),
    [
        (
            '{"url": "https://me:secret@example.com/r.git", "vcs_info": {"vcs": "git", "commit_id": "a"}}',
            r"https://\*\*\*@example.com/r.git, which is not an index",
        ),
        ("broken", "nowhere, which is not an index"),
        ('{"url": "file:///absent/r", "dir_info": {"editable": true}}', "file:///absent/r, which no longer exists"),
        ('{"url": "file:///absent/r.whl", "archive_info": {}}', "file:///absent/r.whl, which no longer exists"),
    ],
)
def test_a_plugin_from_nowhere_is_refused_by_name(
    direct_url: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With where it came from, and what to do."""
    suite = _strange_suite(tmp_path, monkeypatch, direct_url)

    with pytest.raises(DeploymentError, match=rf"rlvr-strange 1.0: was installed from {told}.*from a wheel"):
        needs_of(suite)


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_a_plugin_that_no_index_has_is_told_by_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with exit code 2."""
    _stranger(tmp_path, None)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "suite.yaml").write_text("tasks: {t: {scorers: [strange.zero]}}")
    result = _run(str(tmp_path / "suite.yaml"), "-o", str(tmp_path / "dist"))

    assert result.exit_code == 2
    assert "rlvr-strange" in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "dist").exists()


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("layer")
def test_the_command_writes_what_it_tells(small: Layer, tmp_path: Path) -> None:
    """The same bytes as the function makes; JSON is one document."""
    words = (str(CHOICES), "--python", small.target.python, "-o", str(tmp_path), "--json")
    result = _run(*words, "--record", str(CHOICES.parent / "records.jsonl"))
    told = json.loads(result.stdout)
    (archive,) = told["archives"]

    assert (result.exit_code, result.stderr) == (0, "")
    assert archive["sha256"] == small.archives[0].digest
    assert Path(archive["path"]).read_bytes() == small.archives[0].content
    assert (told["zipped"], told["unzipped"]) == (small.zipped, small.unzipped)


def test_a_dry_run_tells_what_would_be_installed_and_writes_nothing(tmp_path: Path) -> None:
    """From where, in which version."""
    told = json.loads(_run(str(GSM8K), "--dry-run", "--json", "-o", str(tmp_path / "dist")).stdout)
    shown = _run(str(GSM8K), "--dry-run", "-o", str(tmp_path / "dist")).stdout

    assert [each["name"] for each in told["distributions"]] == ["rlvr", "rlvr-handler", "rlvr-math"]
    assert "python-flint" in told["pins"]
    assert "would install rlvr-math 0.1.0 from " in shown
    assert not (tmp_path / "dist").exists()


def test_the_table_shows_limits_and_what_could_not_be_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer for another processor cannot be imported here, and that is told."""
    size = DistributionSize(distribution="rlvr", files=1, unzipped=2_000_000, zipped=1_000_000)
    archive = Archive(content=b"x", distributions=("rlvr",), unzipped=2_000_000)
    made = Layer(target=LayerTarget("3.14", "arm64"), archives=(archive,), table=(size,), trial=None)
    monkeypatch.setattr(build_module, "build_from", lambda *_, **__: made)
    result = _run(str(GSM8K), "-o", str(tmp_path), "--python", "3.14", "--architecture", "arm64")

    assert result.exit_code == 0
    assert "not imported: no Python 3.14 for arm64 runs on this machine" in result.output
    assert "262.14" in result.output
    assert (tmp_path / "rlvr-layer-python3.14-arm64.zip").read_bytes() == b"x"


@pytest.mark.parametrize("words", [("--python", "3.9"), ("--architecture", "riscv")])
def test_what_lambda_does_not_run_is_a_usage_error(words: tuple[str, str]) -> None:
    """With what it does."""
    result = _run(str(GSM8K), *words)

    assert result.exit_code == 2
    assert f"'{words[1]}' is not one of" in " ".join(result.output.replace("│", " ").split())


def test_an_interpreter_of_another_processor_is_none() -> None:
    """However many Pythons there are."""
    foreign: Architecture = "arm64" if LayerTarget().runs_here else "x86_64"

    assert not LayerTarget("3.13", foreign).runs_here
    assert interpreter_for(LayerTarget("3.13", foreign)) is None
    assert msgspec.structs.replace(LayerTarget(), python="3.12").runtime == "python3.12"


def test_sizes_are_told_the_largest_first() -> None:
    """And add up."""
    files = [_file("a.py", b"x" * 10, "small"), _file("b.py", b"y" * 1_000, "large"), _file("c.py", b"", "small")]
    table = sizes(files, zip_files({each.path: each.content for each in files}))

    assert [(size.distribution, size.files, size.unzipped) for size in table] == [("large", 1, 1_000), ("small", 2, 10)]


def test_needs_hold_what_is_asked_for_beside(tmp_path: Path) -> None:
    """As pip reads it."""
    needs: Any = needs_of(parse_suite(FULL), ["rapidfuzz>=3,<4"])

    assert isinstance(needs, Needs)
    assert needs.extra == ("rapidfuzz>=3,<4",)
    assert [need.name for need in needs.roots][2:] == ["rlvr-code", "rlvr-compliance", "rlvr-math", "rlvr-schema"]


def test_an_extra_that_nothing_asks_for_is_no_need() -> None:
    """Core's extra `all` names every distribution; a plugin's requirement may ask for an extra of another."""
    needs = needs_of(parse_suite(FULL))
    names = {need.name for need in (*needs.roots, *needs.local)} | set(needs.pins)

    assert "rfc3339-validator" in names
    assert not names & {"rlvr-aws", "rlvr-lab", "rlvr-text", "pyarrow", "rich"}
    assert _extras_asked("jsonschema[format_nongpl, Other]>=4") == ["", "format-nongpl", "other"]
    assert _extras_of_marker("idna; (extra == \"format\" or extra == 'format-nongpl')") == ["format", "format-nongpl"]
    assert _extras_of_marker('idna>=2; python_version < "3.13"') == [""]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scorers": ["math.other"]}, "does not find math.equivalent"),
        (
            {"result": {"metrics_list": [{"name": "rlvr/failed", "value": 1.0}]}},
            "a scorer failed on the record: says why",
        ),
        ({}, None),
    ],
)
def test_a_trial_that_tells_of_trouble_is_refused(
    changes: dict[str, Any], told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scorer that is not found, and one that breaks."""
    result = {"aggregate_reward_score": 0.0, "metrics_list": [{"name": "rlvr/failed", "value": 0.0}]}
    good = {
        "import_seconds": 0.1,
        "scorers": ["math.equivalent"],
        "fingerprint": "f",
        "result": result,
        "said": "says why",
    }
    monkeypatch.setattr(trial_module, "_run", lambda *_: {**good, **changes})
    if told is None:
        assert try_layer(tmp_path, load_suite(GSM8K), Path("python")).scorers == ("math.equivalent",)
        return
    with pytest.raises(DeploymentError, match=told):
        try_layer(tmp_path, load_suite(GSM8K), Path("python"))


def test_each_origin_has_its_requirement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version in an index, a wheel's address, or a wheel that is built of a folder."""

    def build(words: Sequence[str | Path], *_more: object, **_options: object) -> None:
        out = Path(words[words.index("--out-dir") + 1])
        out.mkdir()
        (out / "p-1.0.whl").touch()

    monkeypatch.setattr(wheels_module, "_run_uv", build)
    wheel = "file:///wheels/p-1.0.whl"
    expected: dict[Origin, str] = {
        "index": "p==1.0",
        "folder": f"p @ {(tmp_path / 'p' / 'p-1.0.whl').as_uri()}",
        "file": f"p @ {wheel}",
    }
    places: dict[Origin, str] = {"index": "", "folder": "/plugins/p", "file": wheel}

    assert {*get_args(Origin)} == expected.keys() == places.keys()
    for origin in get_args(Origin):
        need = Need(name="p", version="1.0", origin=origin, place=places[origin])
        assert requirements_of(Needs(roots=(need,), local=(), pins={}), tmp_path) == [expected[origin]]


def test_a_layer_may_be_built_without_what_a_plugin_can_do_without(capsys: pytest.CaptureFixture[str]) -> None:
    """It is smaller, and the command says what is off in it."""
    from rlvr_aws.layer.layer_command import _draw

    suite = load_suite(GSM8K)
    needs = needs_of(suite, without=["SymPy", "mpmath"])
    built = build_from(needs, suite, LayerTarget("3.11", "x86_64"), byte_code=False, row=None)

    assert needs.without == built.without == ("mpmath", "sympy")
    assert not [name for name in _names(built) if name.startswith(("python/sympy", "python/mpmath"))]
    assert built.zipped < 13 * MEGABYTE
    _draw(built, [Path("layer.zip")])
    told = " ".join(capsys.readouterr().out.split())
    assert "left out: sympy" in told
    assert built.trial is None or "off: needs sympy" in told


def test_what_no_layer_contains_cannot_be_left_out() -> None:
    """A misspelt name would silently stay in."""
    with pytest.raises(DeploymentError, match="simpy"):
        needs_of(load_suite(GSM8K), without=["simpy"])


@pytest.mark.parametrize(
    ("requirers", "whole", "kept"),
    [
        (["rlvr-math"], (), False),
        (["rlvr_math"], (), False),
        (["rlvr-math", "physics"], (), True),
        (["rlvr-math"], ("sympy",), True),
    ],
)
def test_sympy_is_pruned_only_for_math(
    tmp_path: Path, requirers: list[str], whole: tuple[str, ...], *, kept: bool
) -> None:
    """Another distribution that requires it, or a person who asks for it, may use all of it."""
    for requirer in requirers:
        folder = tmp_path / f"{requirer}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {requirer}\nRequires-Dist: sympy>=1.13\n\nx")
    for name in ("stats", "series"):
        (tmp_path / "sympy" / name).mkdir(parents=True)
        (tmp_path / "sympy" / name / "a.py").write_text("")
    names = {each.name for each in kept_files(tmp_path, whole)}

    assert "sympy/series/a.py" in names
    assert ("sympy/stats/a.py" in names) is kept
