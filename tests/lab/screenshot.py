"""Make the screenshot of the README: ``uv run python tests/lab/screenshot.py`` after ``.ci/browser``.

It scores the example gsm8k into a run folder, writes the report, and photographs it with one row open.
"""

from __future__ import annotations

import os
import runpy
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from rlvr.cli.app import app

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "lab" / "view-gsm8k.png"


def make_screenshot(picture: Path) -> None:
    """Write the picture."""
    chromium = runpy.run_path(str(Path(__file__).with_name("chromium.py")))
    os.chdir(ROOT)
    example = Path("examples") / "gsm8k"
    with tempfile.TemporaryDirectory() as place, chromium["open_chromium"]() as browser:
        run = Path(place) / "gsm8k"
        for words in (
            ["score", str(example / "suite.yaml"), str(example / "records.jsonl"), "--run", str(run)],
            ["view", str(run)],
        ):
            done = CliRunner().invoke(app, words)
            if done.exit_code:
                raise SystemExit(done.output)
        page = chromium["Page"](browser, run / "view.html", "#row=1", width=1280, height=880)
        page.prefer("light")
        picture.write_bytes(page.screenshot())


if __name__ == "__main__":
    make_screenshot(PICTURE)
