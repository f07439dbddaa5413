"""Writes the tables of options in the READMEs of plugins, from the registry: `python docs/options.py`.

A test compares them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reference import COMPONENTS, escaped

from rlvr import Registry
from rlvr.config.schema import suite_schema

PLUGINS = Path(__file__).parents[1] / "plugins"
START = "<!-- options: written by docs/options.py -->"
END = "<!-- end of options -->"


def tables() -> Mapping[Path, str]:
    """Return the table of options of each plugin of the checkout, by its README."""
    registry = Registry()
    sections = _sections(suite_schema(registry))
    found = {}
    for path in sorted(PLUGINS.glob("*/README.md")):
        ids = [each for each in registry.scorer_ids() if each.startswith(f"{path.parent.name}.")]
        found[path] = _table({each: sections[each] for each in ids})
    return found


def with_table(text: str, table: str) -> str:
    """Return the text of a README with a table between its marks.

    Raises:
        ValueError: It has no marks.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"no {START} and {END}")
    return f"{before}{START}\n\n{table}\n\n{end}{after}"


def _sections(schema: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    rules = schema["$defs"]["EntrySection"]["allOf"]
    return {
        rule["if"]["properties"]["scorer"]["const"]: schema["$defs"][
            rule["then"]["properties"]["options"]["$ref"].removeprefix(COMPONENTS)
        ]
        for rule in rules
    }


def _table(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Return one row for each option; an option that several scorers have in the same sense has one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for scorer_id, section in sections.items():
        required = section.get("required", ())
        for name, key in section.get("properties", {}).items():
            default = "required" if name in required else f"`{json.dumps(key.get('default'), ensure_ascii=False)}`"
            rows.setdefault((name, default, key.get("description", "")), []).append(scorer_id)
    having = [scorer_id for scorer_id, section in sections.items() if section.get("properties")]
    if len(having) == 1:
        head = ["| option | default | meaning |", "| --- | --- | --- |"]
        return "\n".join([*head, *(f"| `{name}` | {each} | {escaped(text)} |" for name, each, text in rows)])
    lines = ["| option | of | default | meaning |", "| --- | --- | --- | --- |"]
    for (name, default, text), owners in sorted(rows.items(), key=lambda row: -len(row[1])):
        of = "all" if owners == having else ", ".join(f"`{each.partition('.')[2]}`" for each in owners)
        lines.append(f"| `{name}` | {of} | {default} | {escaped(text)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    for path, table in tables().items():
        path.write_text(with_table(path.read_text(encoding="utf-8"), table), encoding="utf-8")
