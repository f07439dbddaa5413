"""Build the site: write the reference and the pictures, run Zensical in strict mode, write ``llms.txt``.

``uv run --group docs poe docs`` calls it. Nothing is asked from a network.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pictures import pictures
from reference import pages

DOCS = Path(__file__).parent
ROOT = DOCS.parent
SITE = ROOT / "build" / "site"
# Pictures that other scripts make: the report (tests/lab/screenshot.py) and a training (examples/trl_grpo).
TAKEN = (ROOT / "lab" / "view-gsm8k.png", ROOT / "examples" / "trl_grpo" / "curve.svg")


def write_generated(folder: Path = DOCS) -> None:
    """Write the generated pages and pictures into a folder of documentation."""
    for name, text in pages().items():
        _write(folder / "reference" / name, text)
    for name, text in pictures().items():
        _write(folder / "pictures" / name, text)
    for path in TAKEN:
        shutil.copyfile(path, folder / "pictures" / path.name)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:  # an unchanged page is not built again
        path.write_text(text, encoding="utf-8")


def nav_pages(nav: Any, section: str = "") -> Iterator[tuple[str, str]]:
    """Yield the top section and the path of each page of a navigation."""
    for item in nav:
        if isinstance(item, str):
            yield section, item
            continue
        for name, inner in item.items():
            if isinstance(inner, str):
                yield section or name, inner
            else:
                yield from nav_pages(inner, section or name)


def llms_txt(nav: Any, description: str, folder: Path = DOCS) -> str:
    """Return the text of ``llms.txt``: each page with its title and its first sentence, by section."""
    lines, current = ["# rlvr", "", f"> {description}"], None
    for section, path in nav_pages(nav):
        if section != current:
            lines += ["", f"## {section}", ""]
            current = section
        title, first = _title_and_first_sentence((folder / path).read_text(encoding="utf-8"))
        lines.append(f"- [{title}]({path}): {first}")
    return "\n".join([*lines, ""])


def _title_and_first_sentence(text: str) -> tuple[str, str]:
    title = next(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
    plain = (line for line in text.partition(f"# {title}")[2].splitlines() if line and line[0].isalpha())
    return title, next(plain, title)


def main() -> int:
    """Build the site, and return 1 if it has a fault."""
    write_generated()
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "-f", str(ROOT / "mkdocs.yml")]
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  # our own command
    if done.returncode:
        return done.returncode
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    (SITE / "llms.txt").write_text(llms_txt(settings["nav"], settings["site_description"]), encoding="utf-8")
    for _section, path in nav_pages(settings["nav"]):  # the Markdown that `llms.txt` names stands beside the pages
        target = SITE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DOCS / path, target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
