"""The tables of what counts as right are made from the golden families: the README's page, and the whole in the docs.

The docs' table of limits is made from the limits.

Run ``uv run python tests/plugins/test_math_readme.py`` to write them anew.
"""

import json
from pathlib import Path

import pytest

from rlvr_math import limits

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
README = ROOT / "plugins" / "math" / "README.md"
DESIGN = ROOT / "docs" / "design" / "math.md"
FAMILIES = [json.loads(line) for line in (HERE / "cases" / "math_families.jsonl").read_text("utf-8").splitlines()]
LIMITS_HEAD = "| limit | value |\n| --- | --- |\n"
HEAD = "| kind | reference | equal | different |\n| --- | --- | --- | --- |\n"


def table(file: Path) -> str:
    """Write a line for each family that a file shows."""
    key, is_usual = {README: ("page", False), DESIGN: ("shown", True)}[file]
    return HEAD + "".join(
        f"| {each['kind']} | {_code([each['reference']])} | {_code(each['equal'])} | {_code(each['different'])} |\n"
        for each in FAMILIES
        if each.get(key, is_usual)
    )


def limits_table() -> str:
    """Write a line for each limit."""
    numbers = {name: value for name, value in vars(limits).items() if isinstance(value, int | float)}
    return LIMITS_HEAD + "".join(f"| `{name}` | {value:,} |\n" for name, value in numbers.items())


def _code(texts: list[str]) -> str:
    return ", ".join(f"`{text}`".replace("|", "\\|") for text in texts)


def written(file: Path) -> str:
    """Return a file with the table in its place."""
    text = file.read_text("utf-8")
    for head, rows in ((HEAD, table(file)), (LIMITS_HEAD, limits_table())):
        start = text.find(head)
        if start >= 0:
            text = text[:start] + rows + text[text.index("\n\n", start) + 1 :]
    return text


@pytest.mark.parametrize("file", [README, DESIGN], ids=lambda file: file.name)
def test_the_table_is_the_golden_families(file: Path) -> None:
    """What it promises is what the tests of the families hold."""
    assert file.read_text("utf-8") == written(file)


def test_a_budget_has_as_many_steps_as_the_page_says() -> None:
    """All can be spent, and no more."""
    page = DESIGN.read_text("utf-8")
    for name, steps in (
        ("STEPS_LIMIT", limits.Steps()),
        ("EQUALITY_STEPS_LIMIT", limits.Steps().equality),
        ("OPERATOR_STEPS_LIMIT", limits.Steps().operators),
    ):
        assert f"| `{name}` | {steps.left:,} |" in page
        steps.spend(steps.left - 1)
        steps.spend()
        with pytest.raises(limits.OverLimitError):
            steps.spend()
    assert limits_table() in page
    assert (limits.Steps().equality.weighs_calls, limits.Steps().weighs_calls) == (True, False)


if __name__ == "__main__":
    for each in (README, DESIGN):
        each.write_text(written(each), "utf-8")
