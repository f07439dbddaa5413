"""From a file of graders to the text of a suite that loads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, assert_never

import msgspec
import yaml

from rlvr import RecordsError, RlvrError, close, parse_suite
from rlvr_lab.editors import EDITOR_LINES
from rlvr_lab.graders.conversion import Conversion, Models, Refused
from rlvr_lab.graders.google import convert_google
from rlvr_lab.graders.openai import convert_openai
from rlvr_lab.graders.promptfoo import convert_promptfoo
from rlvr_lab.graders.rubrics import convert_rubrics, has_rubrics

Source: TypeAlias = Literal["openai", "azure", "google", "promptfoo"]


def convert_file(source: Source, path: Path, models: Models) -> Conversion:
    """Convert the graders of a file; a suite that does not load is none.

    Raises:
        RecordsError: The file is no JSON and no YAML.
    """
    document = _read(path)
    found = _convert(source, document, models)
    if not found.tasks:
        return found
    try:
        close(parse_suite(suite_text(found, "", ""), source="the suite"))
    except (RlvrError, ImportError) as error:
        if isinstance(error, ImportError) or isinstance(error.__cause__, ImportError):  # only this machine lacks it
            return msgspec.structs.replace(found, notes=[*found.notes, str(error)])
        refused = [*found.refused, Refused(name=path.name, type="", reason=str(error))]
        return Conversion(tasks={}, refused=refused, notes=found.notes)
    return found


def _convert(source: Source, document: object, models: Models) -> Conversion:
    if has_rubrics(document):
        return convert_rubrics(models)
    match source:
        case "openai" | "azure":
            return convert_openai(document, models)
        case "google":
            return convert_google(document)
        case "promptfoo":
            return convert_promptfoo(document, models)
        case _:
            assert_never(source)


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise RecordsError(str(path), 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        if path.suffix in {".jsonl", ".ndjson"}:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise RecordsError(str(path), 0, f"is no JSON and no YAML: {error}") from error


def suite_text(found: Conversion, source: str, name: str) -> str:
    """Return the suite as YAML, with what differs from the source in comments."""
    head = [f"# Converted from {name} ({source}) by rlvr import."] if name else []
    head += [_comment(f"Not converted: {each.name} ({each.type}): {each.reason}") for each in found.refused]
    head += [_comment(note) for note in found.notes]
    head += EDITOR_LINES if name else ()
    plain: Mapping[str, Any] = msgspec.to_builtins(found.suite)
    body = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join([*head, body])


def _comment(text: str) -> str:
    return "# " + " ".join(text.split())


class _Loader(yaml.SafeLoader):
    """The safe loader, with the booleans of YAML 1.2, as other systems read them: "yes" and "off" are texts."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {  # type: ignore[misc]  # of the class in PyYAML too
        first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tTfF"))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and no references between equal values."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML names it
        """Return True: a reader of the suite looks for values where they stand."""
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text_node)
