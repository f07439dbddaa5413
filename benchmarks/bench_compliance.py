r"""What rules on a text cost, all readings included, beside loops over re, regex and plain re2.

Run: ``uv run python benchmarks/bench_compliance.py``

The peers search each pattern in the text as it stands: no other readings, no whole-word test beyond ``\\b``, no gates.
Prints medians of one run, in turns, and their ratios; the latter are what holds on another machine.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import re2
import regex

from rlvr import Record
from rlvr_compliance.patterns import PatternsOptions, patterns
from rlvr_compliance.rules.rule import Rule

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


def micros(run: Callable[[], object]) -> float:
    """Time one call in a round of calls, in microseconds."""
    calls, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < PER_ROUND_SECONDS or not calls:
        run()
        calls += 1
    return took / calls * 1e6


def runs_of(count: int, text: str) -> dict[str, Callable[[], object]]:
    """Return what is timed: us, and the peers' loops."""
    options = PatternsOptions(rules=rules_of(count))
    prepared = patterns.prepare(options) if patterns.prepare else options
    record = Record(completion=text)
    peers = {name: searches(count, module) for name, module in (("re", re), ("regex", regex), ("re2", re2))}
    loops: dict[str, Callable[[], object]] = {
        name: lambda each=each: [search.search(text) is not None for search in each]  # type: ignore[misc]  # bound now
        for name, each in peers.items()
    }
    return {"rlvr": lambda: patterns.call((record,), prepared), **loops}


def main() -> None:
    """Print the table."""
    print(f"{'':24}{'rlvr µs':>12}{'re/rlvr':>12}{'regex/rlvr':>12}{'re2/rlvr':>12}")
    for count in (50, 250):
        for length in (2_000, 20_000, 200_000):
            text = (PROSE * (length // len(PROSE) + 1))[:length]
            times: dict[str, list[float]] = {}
            runs = runs_of(count, text)
            for run in runs.values():
                run()
            for _ in range(ROUNDS if length < 200_000 else 3):  # the long ones are slow
                for name, run in runs.items():
                    times.setdefault(name, []).append(micros(run))
            median = {name: statistics.median(each) for name, each in times.items()}
            ratios = "".join(f"{median[name] / median['rlvr']:>11.1f}x" for name in ("re", "regex", "re2"))
            print(f"{count:>4} rules, {length // 1000:>4} kB     {median['rlvr']:>12.1f}{ratios}")


if __name__ == "__main__":
    main()
