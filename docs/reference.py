"""Write the reference pages: suite file, scorers, commands, Python, verdicts, environment, errors, row formats.

Each page comes from what the code itself uses, so that nothing is documented twice.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_never

import typer

import rlvr
from rlvr import FailureKind, Registry, Verdict
from rlvr.cli.app import app
from rlvr.config.schema import suite_schema
from rlvr.config.suite import ALARM, FAILED, INVALID_TASK, VETOED
from rlvr.record.formats import FORMATS
from rlvr.scores import ReasonClass

ROOT = Path(__file__).parents[1]

SECTIONS = {
    "TaskSection": "tasks.NAME",
    "EntrySection": "tasks.NAME.scorers[]",
    "GateSection": "gate",
    "WhenSection": "when",
    "TransformSection": "transform[]",
    "ScaleSection": "transform[].scale",
    "OtherwiseSection": "otherwise",
    "FormulaSection": "aggregate",
    "RouteSection": "route",
    "ReadSection": "read",
    "FailFastSection": "fail_fast",
    "WorkersSection": "workers",
    "CacheSection": "cache",
}
"""The sections of a suite file, by the place at which each stands."""

ENVIRONMENT = {
    "RLVR_SUITE": "The suite of a Lambda function or of a trainer: a path; in Lambda also an address "
    "(`s3://bucket/key`, `ssm:/name`, `appconfig:application/environment/profile`) or the text of a suite.",
    "RLVR_ENVELOPE": "Lambda: the form of the answer. `list` (the default), `http-string` or `http-list`.",
    "RLVR_LOG": "Lambda: `records` (the default: a line per record and metrics per batch), `batch` or `none`.",
    "RLVR_LOG_REASONS": "Lambda: `1` logs the reasons of scorers, which may quote a completion. Default: `0`.",
    "RLVR_METRICS_NAMESPACE": "Lambda: the CloudWatch namespace of the metrics. Default: `rlvr`.",
    "RLVR_MARGIN_SECONDS": "Lambda: unfinished scorers are cancelled this many seconds before the invocation ends. "
    "Default: `1.0`.",
    "RLVR_WORKERS": "The number of worker processes for scorers that are not bounded, in place of the number of "
    "processors. `workers.count` of a suite goes first.",
    "RLVR_TOKEN": "`rlvr serve`: the token that requests must send as `Authorization: Bearer`; see `--token`.",
    "RLVR_SERVE_OPTIONS": "Set by `rlvr serve` for its own processes; not for users.",
    "LOCAL_WORLD_SIZE": "The number of trainer processes on this machine, as torchrun sets it: workers and memory are "
    "divided by it.",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "Set by Lambda: the memory that workers divide.",
    "AWS_LAMBDA_FUNCTION_NAME": "Set by Lambda: the dimension of the metrics.",
    "RLVR_LONG": "Tests: `1` adds the long rounds.",
}
"""Every environment variable that rlvr reads, and its meaning."""

COMPONENTS = "#/$defs/"


def pages() -> Mapping[str, str]:
    """Return the text of each page by its file name."""
    registry = Registry()
    schema = suite_schema(registry)
    return {
        "suite-file.md": _suite_page(schema),
        "scorers.md": _scorers_page(registry, schema),
        "commands.md": _commands_page(),
        "python.md": _python_page(),
        "verdicts.md": _verdicts_page(),
        "environment.md": _environment_page(),
        "errors.md": _errors_page(),
        "row-formats.md": _row_formats_page(),
    }


def escaped(text: str) -> str:
    """Return a text in which Markdown finds no mark-up but code."""
    parts = text.split("`")
    plain = [part.replace("<", "&lt;").replace("|", "&#124;").replace("*", "&#42;") for part in parts[::2]]
    code = [f"`{part}`" for part in parts[1::2]]
    return "".join(piece for pair in zip(plain, [*code, ""], strict=False) for piece in pair).replace("[", "&#91;")


# ---- suite file and scorers, from the JSON Schema


def _suite_page(schema: Mapping[str, Any]) -> str:
    lines = [
        "# Suite file",
        "",
        (
            "A suite file is YAML, JSON or TOML, or a Python dict with the same keys. This page lists every key. "
            "The options of scorers are on [their own page](scorers.md)."
        ),
    ]
    lines += ["", "## Top level", "", *_keys(schema, schema)]
    for name, place in SECTIONS.items():
        section = schema["$defs"][name]
        lines += ["", f"## {place}", "", escaped(_first_sentences(section.get("description", ""))), ""]
        lines += _keys(section, schema)
    return "\n".join([*lines, ""])


def _scorers_page(registry: Registry, schema: Mapping[str, Any]) -> str:
    rules = {rule["if"]["properties"]["scorer"]["const"]: rule for rule in schema["$defs"]["EntrySection"]["allOf"]}
    lines = [
        "# Scorers and options",
        "",
        (
            "A suite names a scorer by its id. *Bounded* scorers run in the process; the others run in supervised "
            "worker processes and are stopped at their budget."
        ),
    ]
    used: dict[str, None] = {}
    for scorer_id in registry.scorer_ids():
        installed = registry.scorer(scorer_id)
        declared = installed.scorer
        options = rules[scorer_id]["then"]["properties"]["options"]["$ref"].removeprefix(COMPONENTS)
        section = schema["$defs"][options]
        function = declared.score or declared.score_group
        lines += ["", f"## {scorer_id}", "", escaped(_summary_of(function)), ""]
        lines += [
            f"- Distribution: `{installed.distribution}`",
            f"- Needs: {_listed(declared.needs) or 'the completion only'}",
            f"- Reads: {'the whole record' if declared.reads is None else _listed(declared.reads) or 'nothing else'}",
            f"- Bounded: {'yes' if declared.bounded else 'no'}; budget {declared.budget_seconds:g} s a record",
            f"- Metrics: {_listed(declared.metrics) or 'its value only'}",
            "",
        ]
        lines += _keys(section, schema, heading="Options") if section.get("properties") else ["It has no options."]
        used |= dict.fromkeys(_parts_of(section, schema))
    lines += ["", "## Parts of options", "", "Mappings that stand inside of options."]
    for name in used:
        section = schema["$defs"][name]
        lines += ["", f"### {name}", "", escaped(_first_sentences(section.get("description", ""))), ""]
        lines += (
            _keys(section, schema) if section.get("properties") else [f"One of {_listed(section.get('enum', ()))}."]
        )
    return "\n".join([*lines, ""])


def _parts_of(section: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the components inside of a section, at any depth."""
    for name in dict.fromkeys(_references(section)):
        yield name
        yield from _parts_of({"properties": schema["$defs"][name].get("properties", {})}, schema)


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix(COMPONENTS)
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _keys(section: Mapping[str, Any], schema: Mapping[str, Any], heading: str = "") -> list[str]:
    """Return a list of definitions, one for each key of a section."""
    required = set(section.get("required", ()))
    lines = [f"**{heading}**", ""] if heading else []
    for name, key in section["properties"].items():
        facts = [_type_of(key, schema)]
        if name in required:
            facts.append("required")
        elif "default" in key:
            facts.append(f"default `{json.dumps(key['default'], ensure_ascii=False)}`")
        lines += [f"`{name}`", f":   {escaped(key.get('description', ''))} ", f"    *{'; '.join(facts)}*", ""]
    return lines


def _type_of(key: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return the type of a key in words."""
    if "$ref" in key:
        return _type_of_reference(key["$ref"].removeprefix(COMPONENTS), schema)
    if "enum" in key:
        return _listed(key["enum"], " or ")
    if "allOf" in key:
        return f"mapping with the key `{key['required'][0]}`" if key.get("required") else "mapping"
    if key.get("if") == {"type": "object"}:
        rest = [_type_of(key["else"], schema)] if "else" in key else []
        return " or ".join([_type_of(key["then"], schema), *rest])
    if "anyOf" in key:
        return " or ".join(dict.fromkeys(_type_of(each, schema) for each in key["anyOf"]))
    return _type_of_plain(key, schema)


def _type_of_reference(name: str, schema: Mapping[str, Any]) -> str:
    target = schema["$defs"][name]
    if "enum" in target:
        return _listed(target["enum"], " or ")
    return f"[mapping](#{_anchor(name)})" if name in SECTIONS else f"mapping: {name}"


def _type_of_plain(key: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    match key.get("type"):
        case "array":
            items = key.get("items") or (key.get("prefixItems") or [{}])[0]
            return f"list of {_type_of(items, schema)}"
        case "object":
            inner = key.get("additionalProperties")
            return f"mapping of names to {_type_of(inner, schema)}" if isinstance(inner, dict) and inner else "mapping"
        case "integer" | "number":
            return f"{'whole number' if key['type'] == 'integer' else 'number'}{_bounds(key)}"
        case kind:
            return {"string": "text", "boolean": "true or false", "null": "null"}.get(str(kind), "any value")


def _bounds(key: Mapping[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    return "".join(f" {word} {key[name]:g}" for name, word in words.items() if name in key)


def _anchor(name: str) -> str:
    return "".join(letter for letter in SECTIONS[name].lower() if letter.isalnum() or letter in "_-")


def _listed(names: Any, separator: str = ", ") -> str:
    return separator.join(f"`{name}`" for name in names)


def _first_sentences(text: str) -> str:
    return text.strip().partition("\n\n")[0].replace("\n", " ")


def _summary_of(thing: Any) -> str:
    return _first_sentences(inspect.getdoc(thing) or "").replace("``", "`")


# ---- commands


def _commands_page() -> str:
    root = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        (
            "`rlvr COMMAND --help` shows the same on a terminal. Exit codes: 0, all is well; 1, there are findings; "
            "2, the usage or the configuration is wrong."
        ),
        "",
        (
            "`rlvr --install-completion` installs the completion of commands and options for bash, zsh, fish and "
            "PowerShell; `rlvr --show-completion` prints it."
        ),
    ]
    for path, command in walk_commands(root, ("rlvr",)):
        lines += ["", f"## {' '.join(path)}", "", escaped(_paragraphs(command.help or "")), ""]
        usage = " ".join([*path, *(_usage_of(each) for each in command.params if each.param_type_name == "argument")])
        lines += ["```text", f"{usage} [OPTIONS]", "```", ""]
        for parameter in command.params:
            if getattr(parameter, "hidden", False):
                continue
            lines += [f"`{_name_of(parameter)}`", f":   {escaped(getattr(parameter, 'help', None) or '')} ", ""]
            default = parameter.default
            if isinstance(default, (str, int, float)) and not isinstance(default, bool) and default != "":
                lines.insert(-1, f"    *default `{default}`*")
    return "\n".join([*lines, ""])


def walk_commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that call it."""
    context = command.context_class(command, info_name=path[-1])
    names = command.list_commands(context) if hasattr(command, "list_commands") else ()
    for name in names:
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            yield from walk_commands(inner, (*path, name))
    if not names:
        yield path, command


def _usage_of(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).upper()
    return f"{name}{'...' if parameter.nargs == -1 else ''}"


def _name_of(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _usage_of(parameter)
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _paragraphs(text: str) -> str:
    return inspect.cleandoc(text).replace("\b", "").replace("``", "`")


# ---- Python, verdicts, environment, errors


def _python_page() -> str:
    names = [name for name in rlvr.__all__ if not name.startswith("_")]
    plain = [name for name in names if name == "hookimpl" or name.isupper()]
    members = json.dumps([name for name in names if name not in plain])
    return f"""# Python

Everything that `rlvr` exports. Other names may change without notice.
`hookimpl` marks the functions of a plugin: `scorers` and `doctor`.
{_listed(name for name in plain if name != "hookimpl")} are constants.

## rlvr

::: rlvr
    options:
      members: {members}
      show_root_heading: false
      heading_level: 3

## rlvr.testing

The test kit for authors of plugins, and a plugin of pytest.

::: rlvr.testing
    options:
      show_root_heading: false
      heading_level: 3
"""


def verdict_meaning(verdict: Verdict) -> str:
    """Return what a verdict means, and what the trainer receives."""
    match verdict:
        case Verdict.SCORED:
            return "The completion was scored; a bad one has the value 0.0 and a reason. The trainer gets its reward."
        case Verdict.ABSTAINED:
            return "The scorer has no opinion. The other scorers get its weight."
        case Verdict.INVALID_TASK:
            return "The row or its reference cannot be used. `on_error` of the task decides what the trainer gets."
        case Verdict.FAILED:
            return "The scorer broke. `on_error` of the task decides what the trainer gets."
        case _:
            assert_never(verdict)


def failure_remedy(kind: FailureKind) -> tuple[str, str]:
    """Return what happened, and what to do."""
    match kind:
        case FailureKind.EXCEPTION:
            return "The scorer raised an exception.", "`rlvr score --traceback` shows it. Correct the scorer."
        case FailureKind.TIMEOUT:
            return "It took longer than its budget.", "Correct the scorer, or raise `budget_seconds` of the entry."
        case FailureKind.CRASHED:
            return "Its worker process ended.", "Run `rlvr doctor`. `rlvr explain` shows the signal or exit status."
        case FailureKind.OUT_OF_MEMORY:
            return "It used more memory than a worker may.", "Raise `workers.memory_mb`, or lower `workers.count`."
        case FailureKind.INVALID_RESULT:
            return "It returned no number from 0 to 1, or undeclared metrics.", "Correct the scorer."
        case FailureKind.CANCELLED_DEADLINE:
            return "The batch had no time left.", "Send smaller batches, or give the function more time."
        case _:
            assert_never(kind)


def reason_meaning(kind: ReasonClass) -> str:  # noqa: C901  # a line for each member
    """Return what a class of reasons means."""
    match kind:
        case ReasonClass.CORRECT:
            return "The value is 1.0."
        case ReasonClass.PARTLY_CORRECT:
            return "The value is between 0.0 and 1.0."
        case ReasonClass.INCORRECT:
            return "The value is 0.0."
        case ReasonClass.BLANK:
            return "The completion is blank."
        case ReasonClass.TRUNCATED:
            return "The reasoning never ends, or the answer is cut off: allow the model more tokens."
        case ReasonClass.ABSTAINED:
            return "The scorer has no opinion."
        case ReasonClass.INVALID_TASK:
            return "The scorer cannot score the row."
        case ReasonClass.INVALID_ROW:
            return "The row cannot be read."
        case ReasonClass.MISSING_FIELD:
            return "The row lacks a field that the scorer needs."
        case ReasonClass.NOT_RUN:
            return "The scorer was not called, because it could not change the reward."
        case _:
            assert_never(kind)


def _verdicts_page() -> str:
    failures = [f"| `{kind}` | {' | '.join(failure_remedy(kind))} |" for kind in FailureKind]
    return "\n".join(
        [
            "# Verdicts and metrics",
            "",
            "## Verdicts",
            "",
            "| verdict | meaning |",
            "| --- | --- |",
            *(f"| `{verdict}` | {verdict_meaning(verdict)} |" for verdict in Verdict),
            "",
            "## Kinds of failure",
            "",
            "| kind | what happened | what to do |",
            "| --- | --- | --- |",
            *failures,
            "",
            "## Classes of reasons",
            "",
            "Core gives these; scorers give others, such as `no_answer`. `rlvr rows RUN --by reason` counts them.",
            "",
            "| class | meaning |",
            "| --- | --- |",
            *(f"| `{kind}` | {reason_meaning(kind)} |" for kind in ReasonClass),
            "",
            "## Metrics",
            "",
            "| metric | meaning |",
            "| --- | --- |",
            "| `<entry>` | the value of an entry, before `transform` |",
            "| `<entry>/<detail>` | a detail that its scorer declares; see [scorers](scorers.md) |",
            "| `<entry>/otherwise` | 1.0 if the second scorer of the entry was asked |",
            f"| `{FAILED}` | 1.0 if a scorer broke on the record |",
            f"| `{INVALID_TASK}` | 1.0 if the row cannot be scored |",
            f"| `{VETOED}` | 1.0 if a gate vetoed |",
            f"| `{ALARM}` | 1.0 if the circuit breaker set the rewards of the batch to zero |",
            "",
        ]
    )


def _environment_page() -> str:
    rows = [f"| `{name}` | {escaped(meaning)} |" for name, meaning in ENVIRONMENT.items()]
    return "\n".join(["# Environment variables", "", "| variable | meaning |", "| --- | --- |", *rows, ""])


REMEDIES = {
    "ConfigError": "The message has the file, the path in it, what is wrong, and often the key that was meant. "
    "`rlvr check SUITE` shows it without scoring.",
    "RecordsError": "The message has the file and the line. Correct the line; without `--strict`, the other lines are "
    "scored.",
    "OutputError": "Name another file: an output never replaces an input, a folder or a socket.",
    "RunError": "Use a new folder for `--run`, or the same suite, data and options as before.",
    "ProcessStartError": "Score in one process, `--processes 1`, or raise the system's limits of processes and memory.",
    "PluginMissingError": "Install the plugin's distribution; from a checkout: `pip install ./core ./plugins/NAME`.",
    "PluginLoadError": "The message has the distribution and the cause. `rlvr plugins` lists all of them.",
    "PluginClashError": "Uninstall all but one of the distributions.",
    "ScorerMissingError": "The message lists the scorers that the plugin has.",
    "ScorerFaultError": "`on_error: raise` or `fail_fast` stopped the batch. The message has the first records; "
    "`rlvr explain` shows one of them.",
}
"""The remedy of each error that rlvr raises."""

SYMPTOMS = [
    ("All rewards are 0.0", "[See all zeros and why](../how-to/zeros.md)."),
    ("The row has no `reference`", "Name its place: [my columns have other names](../how-to/columns.md)."),
    ("A completion is not found", "The message has the columns of the row and the `read:` line that helps."),
    ("No route: the record names no task", "Add `route.default`, or the value to `route.tasks`."),
    ("The reference is no choice", "`text.choice` reads numbers with the option `reference_index`."),
    ("Rewards differ between two machines", "`rlvr plugins --fingerprint --against FILE` shows what differs."),
    ("The command line needs typer", "Install the extra `cli`: `pip install './core[cli]'` in a checkout."),
]


def _errors_page() -> str:
    from rlvr import errors

    lines = ["# Errors and remedies", "", "## What you see", "", "| message or symptom | remedy |", "| --- | --- |"]
    lines += [f"| {escaped(symptom)} | {remedy} |" for symptom, remedy in SYMPTOMS]
    lines += ["", "## Exceptions", "", "All of them are `rlvr.RlvrError`."]
    for name, remedy in REMEDIES.items():
        lines += ["", f"### {name}", "", escaped(_summary_of(getattr(errors, name))), "", escaped(remedy)]
    lines += ["", "Kinds of failure of scorers are [verdicts, not exceptions](verdicts.md#kinds-of-failure)."]
    return "\n".join([*lines, ""])


def _row_formats_page() -> str:
    rows = [
        f"| {each.name} | {' | '.join(map(_places, (each.needs, each.completion, each.reference, each.prompt)))} |"
        for each in FORMATS
    ]
    return "\n".join([ROW_FORMATS_HEAD, *rows, ROW_FORMATS_END])


def _places(places: str) -> str:
    """Return places, which are separated by blanks, for a cell of a table."""
    return _listed(each.replace("|", r"\|") for each in places.split()) or "–"


ROW_FORMATS_HEAD = """# Row formats

rlvr tries the formats in this order. A row has the first format whose signature fits.

- A signature is a list of columns. `!x` must be absent; `x{}` is an object and `x[]` a list; `x=y` has this value;
  one of `x|y` must be there.
- Of several places, rlvr reads the first one that the row has.
- `*` stands for the usual names of a reference, such as `reference_answer`, `ground_truth`, `answer`, `target`, `label`
  and `solution`. `x.*` stands for these names inside of `x`. If a row has none of them but columns with the tests of
  HumanEval, MBPP, LiveCodeBench, CodeContests, APPS or similar data sets, these columns are its reference.

The places are from the source and the documentation of the tools, 2024 to 2026.

| format | signature | completion | reference | prompt |
| --- | --- | --- | --- | --- |"""
ROW_FORMATS_END = """
If a format has no place for the completion, the first of these counts: a column `completion` or `completions`; the only
one of the columns `response`, `responses`, `output`, `generation`, `generations`, `prediction`, `predict`,
`model_response`, `hypothesis`, `generated_text` and `actual_output`; the assistant turn of `messages`.
"""
