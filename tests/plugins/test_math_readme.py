"""The tables of what counts as right are made from the golden families: the README's page, and the whole in the docs.

Run ``uv run python tests/plugins/test_math_readme.py`` to write them anew.
"""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
README = ROOT / "plugins" / "math" / "README.md"
DESIGN = ROOT / "docs" / "design" / "math.md"
FAMILIES = [json.loads(line) for line in (HERE / "cases" / "math_families.jsonl").read_text("utf-8").splitlines()]
HEAD = "| kind | reference | equal | different |\n| --- | --- | --- | --- |\n"


def table(file: Path) -> str:
    """Write a line for each family that a file shows."""
    key, is_usual = {README: ("page", False), DESIGN: ("shown", True)}[file]
    return HEAD + "".join(
        f"| {each['kind']} | {_code([each['reference']])} | {_code(each['equal'])} | {_code(each['different'])} |\n"
        for each in FAMILIES
        if each.get(key, is_usual)
    )


def _code(texts: list[str]) -> str:
    return ", ".join(f"`{text}`".replace("|", "\\|") for text in texts)


def written(file: Path) -> str:
    """Return a file with the table in its place."""
    text = file.read_text("utf-8")
    start = text.index(HEAD)
    end = text.index("\n\n", start) + 1
    return text[:start] + table(file) + text[end:]


@pytest.mark.parametrize("file", [README, DESIGN], ids=lambda file: file.name)
def test_the_table_is_the_golden_families(file: Path) -> None:
    """What it promises is what the tests of the families hold."""
    assert file.read_text("utf-8") == written(file)


if __name__ == "__main__":
    for each in (README, DESIGN):
        each.write_text(written(each), "utf-8")
