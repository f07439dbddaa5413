"""The summary as JUnit XML, which build servers show.

Each condition of ``--fail-under`` and ``--fail-on`` is a test; one that is not met is a failure.
Each class of reason of a task is a test that passes, with the number of its rows: a wrong answer of a model is a
measurement, and breaks no build by itself.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from rlvr.cli.console import counted, harmless
from rlvr.cli.summary.conditions import Conditions
from rlvr.cli.summary.context import SummaryContext
from rlvr.summary import Summary, TaskSummary

# XML 1.0 has no other control characters than these, and neither of two code points at the end of each plane.
_SPACES = {"\t": " ", "\n": " ", "\r": " "}


def junit_of(summary: Summary, context: SummaryContext, conditions: Conditions) -> str:
    """Return the summary as one ``testsuites`` document."""
    root = ET.Element("testsuites", name=_text(context.run or context.suite))
    checked = conditions.checked(summary)
    problems = sum(bool(condition.problem) for condition in checked)
    suite = _suite(root, "conditions", len(checked), problems, summary.seconds)
    for condition in checked:
        case = ET.SubElement(suite, "testcase", classname="conditions", name=_text(condition.name))
        if condition.problem:
            ET.SubElement(case, "failure", message=_text(condition.problem))
    for name, task in summary.by_task.items():
        if task.records:
            _task(root, name, task)
    root.set("tests", str(sum(int(each.get("tests", "0")) for each in root)))
    root.set("failures", str(problems))
    root.set("time", f"{summary.seconds:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _task(root: ET.Element, name: str, task: TaskSummary) -> None:
    seconds = sum(timing.seconds for entry in task.entries.values() for timing in entry.timings.values())
    suite = _suite(root, name, len(task.classes), 0, seconds)
    properties = ET.SubElement(suite, "properties")
    facts = {"rows": task.records, "scored": task.rewards.scored, "mean": task.rewards.mean}
    for key, value in (*facts.items(), *((verdict.value, number) for verdict, number in task.verdicts.items())):
        if value is not None:
            ET.SubElement(properties, "property", name=key, value=str(value))
    for reason_class, number in sorted(task.classes.items(), key=lambda item: (-item[1], item[0])):
        case = ET.SubElement(suite, "testcase", classname=_text(name), name=reason_class)
        lines = [counted(number, "row")]
        for (entry, each_class), count in task.why_nothing.items():
            if each_class == reason_class:
                lines.append(f"{count.rows} earned nothing, such as {count.example}: {entry}: {count.reason}")
        ET.SubElement(case, "system-out").text = "\n".join(map(_text, lines))


def _suite(root: ET.Element, name: str, tests: int, failures: int, seconds: float) -> ET.Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": "0", "skipped": "0"}
    return ET.SubElement(root, "testsuite", {"name": _text(name), **counts, "time": f"{seconds:.3f}"})


def _text(text: object) -> str:
    """Return text without what XML 1.0 cannot contain."""
    spaced = "".join(_SPACES.get(character, character) for character in str(text))
    return "".join("\ufffd" if ord(each) & 0xFFFE == 0xFFFE else each for each in harmless(spaced, 1_000))  # noqa: PLR2004
