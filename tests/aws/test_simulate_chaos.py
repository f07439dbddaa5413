"""A plugin that misbehaves costs its own records, and no call of the platform."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app

PLUGIN = """
import ctypes, os, signal, time
import rlvr

@rlvr.hookimpl
def scorers():
    return {"acts": lambda: acts}

@rlvr.scorer(budget_seconds=0.5, needs=("reference",))
def acts(record, options):
    what = record.completion
    if what == "hangs":
        time.sleep(1000)
    elif what == "spins":
        sum(iter(int, 1))
    elif what == "exits":
        os._exit(1)
    elif what == "crashes":
        ctypes.string_at(0)
    elif what == "kills":
        os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
        time.sleep(1000)
    elif what == "eats":
        return len(bytearray(10**11))
    elif what == "forks":
        os.fork()
    elif what == "prints":
        print("x" * 10_000_000)
    return float(what == record.reference)
"""
MISDEEDS = ("hangs", "spins", "exits", "crashes", "kills", "eats", "forks", "prints")


@pytest.mark.parametrize("mode", ["training-job", "hyperpod"])
def test_no_call_fails(mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the real runtime client, in batches and one by one; every good record keeps its reward."""
    (tmp_path / "chaos.py").write_text(PLUGIN)
    information = tmp_path / "rlvr_chaos-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: rlvr-chaos\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[rlvr]\nchaos = chaos\n")
    (tmp_path / "suite.yaml").write_text("tasks: {t: {scorers: [chaos.acts]}}\nworkers: {count: 2, memory_mb: 100}")
    completions = [word for misdeed in MISDEEDS for word in (misdeed, "good", "good", "good")]
    lines = [json.dumps({"id": f"{n}", "response": word, "answer": "good"}) for n, word in enumerate(completions)]
    (tmp_path / "records.jsonl").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    words = ["simulate", "suite.yaml", "records.jsonl", "--json", "--mode", mode, "--concurrency", "1"]
    result = CliRunner().invoke(app, words)
    told = json.loads(result.stdout)["modes"][mode]

    assert result.exit_code == 0, told
    assert (told["rejected_calls"], told["rejections"]) == (0, {})
    assert told["mean_reward"] == pytest.approx(0.75)
