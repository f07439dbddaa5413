r"""Measure the cost of rules, secrets and personal data, all readings included, beside other libraries.

Run: ``uv run python benchmarks/bench_compliance.py [--sizes 2,20] [--rounds 15]``, sizes in kB; with two more peers, in
an environment of its own: ``benchmarks/bench_compliance_peers.sh``.

The loops over re, regex and re2 search each pattern in the text as it is: no other readings, no whole-word test beyond
``\\b``, no gates. "one by one" searches each form of rlvr's own kinds of secrets where its literal head occurs, as
gitleaks does, without entropy and checks. detect-secrets scans line by line; presidio runs its recognizers of five
entities without a model.
Prints medians of one run, in turns: CPU time of the thread, wall time, and ratios of CPU time.
The ratios are what is comparable with another machine.
"""

from __future__ import annotations

import argparse
import importlib
import re
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import re2
import regex

from rlvr import Record
from rlvr_compliance.leaks.issued import ISSUED
from rlvr_compliance.leaks.named import NAMED
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.pii import PiiOptions, pii
from rlvr_compliance.rules.rule import Rule
from rlvr_compliance.secrets import SecretsOptions, secrets
from rlvr_compliance.text.engine import compiled

ROUNDS = 15
PER_ROUND_SECONDS = 0.02
WORDS = (
    "fund growth report quarter market steady answer question detail method result review summary client service plan "
    "value reason point order change level number record system policy person matter figure period"
).split()
# Prose with some Markdown, written by people.
PROSE = (Path(__file__).parents[1] / "core" / "README.md").read_text(encoding="utf-8")


def rules_of(count: int) -> tuple[Rule, ...]:
    """Make rules as suites have them: most forbid a phrase, some ask for one."""
    made = [
        Rule(id=f"ban {at}", tier="must-not", keywords=(f"{WORDS[at % len(WORDS)]} guaranteed{at}", f"riskless{at}"))
        for at in range(count - 10)
    ]
    made += [Rule(id=f"id {at}", tier="must-not", pattern=rf"\b[A-Z]{{2}}{at}[0-9]{{6}}\b") for at in range(5)]
    made += [Rule(id=f"ask {at}", tier="should", keywords=(WORDS[at],)) for at in range(5)]
    return tuple(made)


def searches(count: int, module: Any) -> list[Any]:
    """Compile what the rules say for a peer."""
    return [
        module.compile(rule.pattern or "(?i)(?:" + "|".join(rf"\b{re.escape(each)}\b" for each in rule.keywords) + ")")
        for rule in rules_of(count)
    ]


def micros(run: Callable[[], object]) -> tuple[float, float]:
    """Time one call in a round of calls, in microseconds: CPU time of the thread, and wall time."""
    calls, start, wall = 0, time.thread_time(), time.perf_counter()
    while (took := time.thread_time() - start) < PER_ROUND_SECONDS or not calls:
        run()
        calls += 1
    return took / calls * 1e6, (time.perf_counter() - wall) / calls * 1e6


def runs_of_rules(count: int, text: str) -> dict[str, Callable[[], object]]:
    """Return the functions to time: the scorer, and the loops of the peers."""
    options = PatternsOptions(rules=rules_of(count))
    prepared = patterns.prepare(options) if patterns.prepare else options
    record = Record(completion=text)
    peers = {name: searches(count, module) for name, module in (("re", re), ("regex", regex), ("re2", re2))}
    loops: dict[str, Callable[[], object]] = {
        name: lambda each=each: [search.search(text) is not None for search in each]  # type: ignore[misc]  # bound now
        for name, each in peers.items()
    }
    return {"rlvr": lambda: patterns.call((record,), prepared), **loops}


def runs_of_secrets(text: str) -> dict[str, Callable[[], object]]:
    """Return the functions to time for secrets."""
    runs: dict[str, Callable[[], object]] = {
        "rlvr": lambda: secrets.call((Record(completion=text),), SecretsOptions()),
    }
    # rlvr's engine, since re2 itself refuses counts beyond 1,000.
    heads = [(compiled(kind.hint), compiled(kind.pattern)) for kind in (*ISSUED, *NAMED)]
    runs["one by one"] = lambda: [form.search(text) for head, form in heads if head.search(text)]
    if find_spec("detect_secrets"):
        scan = importlib.import_module("detect_secrets.core.scan")
        settings = importlib.import_module("detect_secrets.settings")
        plugins = importlib.import_module("detect_secrets.core.plugins.util")
        names = [each.__name__ for each in plugins.get_mapping_from_secret_type_to_class().values()]
        settings.get_settings().configure_plugins([{"name": name} for name in names])
        runs["detect-secrets"] = lambda: [list(scan.scan_line(line)) for line in text.split("\n")]
    return runs


# Presidio's recognizers of the kinds that `compliance.pii` looks for by default and that need no model.
RECOGNIZERS = ("CreditCardRecognizer", "EmailRecognizer", "IbanRecognizer", "IpRecognizer", "UsSsnRecognizer")


def runs_of_pii(text: str) -> dict[str, Callable[[], object]]:
    """Return the functions to time for personal data."""
    runs: dict[str, Callable[[], object]] = {"rlvr": lambda: pii.call((Record(completion=text),), PiiOptions())}
    if find_spec("presidio_analyzer"):
        module = importlib.import_module("presidio_analyzer.predefined_recognizers")
        recognizers = [getattr(module, name)() for name in RECOGNIZERS]
        runs["presidio"] = lambda: [each.analyze(text, each.supported_entities, None) for each in recognizers]
    return runs


def medians(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, float]]:
    """Time functions in turns; return the medians of CPU and wall time of each."""
    times: dict[str, list[tuple[float, float]]] = {}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            times.setdefault(name, []).append(micros(run))
    return {
        name: (statistics.median(cpu for cpu, _ in each), statistics.median(wall for _, wall in each))
        for name, each in times.items()
    }


def print_line(title: str, median: dict[str, tuple[float, float]]) -> None:
    """Print the times of rlvr and how many times as much CPU time each peer needs."""
    cpu, wall = median["rlvr"]
    ratios = "".join(f"   {name} {each / cpu:.1f}x" for name, (each, _) in median.items() if name != "rlvr")
    print(f"{title:32}{cpu:>10.1f}{wall:>10.1f}{ratios}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="2,20,200", help="lengths of the text in kB")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of each median; three at most at 200 kB")
    given = parser.parse_args()
    for name, needed in (("detect-secrets", "detect_secrets"), ("presidio", "presidio_analyzer")):
        if not find_spec(needed):
            print(f"skipped {name}: {needed} is not installed; run benchmarks/bench_compliance_peers.sh instead")
    print(f"{'':32}{'CPU µs':>10}{'wall µs':>10}   CPU time of peers / rlvr")
    for length in (int(size) * 1_000 for size in given.sizes.split(",")):
        rounds = given.rounds if length < 200_000 else min(given.rounds, 3)  # the long ones are slow
        prose = (PROSE * (length // len(PROSE) + 1))[:length]
        plain = prose.encode("ascii", "replace").decode()
        quoted = f"{plain[: length // 2]}\u2019{plain[length // 2 + 1 :]}"
        for kind, text in (("ASCII", plain), ("one \u2019", quoted)):
            for count in (50, 250):
                title = f"{count} rules, {length // 1000} kB, {kind}"
                print_line(title, medians(runs_of_rules(count, text), rounds))
            print_line(f"secrets, {length // 1000} kB, {kind}", medians(runs_of_secrets(text), rounds))
            print_line(f"pii, {length // 1000} kB, {kind}", medians(runs_of_pii(text), rounds))


if __name__ == "__main__":
    main()
