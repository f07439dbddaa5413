"""The README's table of what counts as right is made from the golden families.

Run ``uv run python tests/plugins/test_math_readme.py`` to write it anew.
"""

import json
from pathlib import Path

HERE = Path(__file__).parent
README = HERE.parents[1] / "plugins" / "math" / "README.md"
FAMILIES = [json.loads(line) for line in (HERE / "cases" / "math_families.jsonl").read_text("utf-8").splitlines()]
HEAD = "| kind | reference | equal | different |\n| --- | --- | --- | --- |\n"


def table() -> str:
    """Write a line for each family that is shown."""
    shown = [family for family in FAMILIES if family.get("shown", True)]
    return HEAD + "".join(
        f"| {each['kind']} | {_code([each['reference']])} | {_code(each['equal'])} | {_code(each['different'])} |\n"
        for each in shown
    )


def _code(texts: list[str]) -> str:
    return ", ".join(f"`{text}`".replace("|", "\\|") for text in texts)


def written() -> str:
    """Return the README with the table in its place."""
    text = README.read_text("utf-8")
    start = text.index(HEAD)
    end = text.index("\n\n", start) + 1
    return text[:start] + table() + text[end:]


def test_the_table_of_the_readme_is_the_golden_families() -> None:
    """What it promises is what the tests of the families hold."""
    assert README.read_text("utf-8") == written()


if __name__ == "__main__":
    README.write_text(written(), "utf-8")
