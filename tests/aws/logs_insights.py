"""A strict reader and runner of the part of CloudWatch Logs Insights' language that rlvr's queries use.

It knows documented syntax only, so that a query which it runs is one that the service takes: a wrong query is refused
with ``QueryError``. Strictness beyond the service's own: an aggregate takes a field, never an expression.

Source:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
Expression: TypeAlias = Callable[[Row], Any]
Token: TypeAlias = tuple[str, str]

_TOKENS = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>\#[^\n]*)
  | (?P<quoted>`[^`\n]+`)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<period>\d+(?:ms|s|m|h|d|w|mo|q|y)\b)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>[A-Za-z_@][A-Za-z0-9_@.]*)
  | (?P<sign>[=*/(),|])
    """,
    re.VERBOSE,
)
_REGEX = re.compile(r"/(?:[^/\\\n]|\\.)+/")
_WORDS = {"as", "by", "and", "or", "not", "like", "in", "asc", "desc"}


class QueryError(Exception):
    """The service would refuse the query."""


class _Percentile:
    def __init__(self, share: float) -> None:
        self.share = share

    def __call__(self, values: Sequence[float]) -> float:
        return sorted(values)[max(0, math.ceil(self.share / 100 * len(values)) - 1)]


_AGGREGATES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "avg": statistics.fmean,
    "max": max,
    "min": min,
    "stddev": statistics.pstdev,
    "sum": math.fsum,
}


def run(query: str, lines: Iterable[str]) -> list[Row]:
    """Run a query over log lines, a second apart, and return the rows that the console would show."""
    rows = [_event(line, place) for place, line in enumerate(lines)]
    shown: list[str] = []
    for command in _commands(query):
        rows, shown = command(rows, shown)
    names = shown or ["@timestamp", "@message"]
    return [{name: row[name] for name in names if row.get(name) is not None} for row in rows][:10_000]


_Command: TypeAlias = Callable[[list[Row], list[str]], tuple[list[Row], list[str]]]


def _event(line: str, place: int) -> Row:
    """Return the fields that the service discovers: JSON members, flattened, and those of Lambda's reports."""
    row: Row = {"@timestamp": place * 1_000, "@message": line}
    try:
        members = json.loads(line)
    except ValueError:
        return row | _report(line)
    if isinstance(members, dict):
        row.update(_flat(members, ""))
    return row


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{place}")
    else:
        yield path, value


def _report(line: str) -> Row:
    if not line.startswith("REPORT "):
        return {}
    found = dict(re.findall(r"(RequestId|Billed Duration|Duration|Memory Size|Max Memory Used): (\S+)", line))
    return {
        "@type": "REPORT",
        "@requestId": found["RequestId"],
        "@duration": float(re.findall(r"\tDuration: ([\d.]+)", line)[0]),
        "@billedDuration": float(found["Billed Duration"]),
        "@memorySize": float(found["Memory Size"]) * 1e6,
        "@maxMemoryUsed": float(found["Max Memory Used"]) * 1e6,
    }


def _tokens(query: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(query):
        after_match = tokens and tokens[-1][1] == "like"
        after_parse = len(tokens) > 1 and tokens[-2][1] == "parse"
        found = _REGEX.match(query, at) if after_match or after_parse else None
        kind = "regex"
        if found is None:
            found = _TOKENS.match(query, at)
            if found is None:
                raise QueryError(f"unexpected {query[at : at + 20]!r}")
            kind = str(found.lastgroup)
        if query[at : at + 2] in {"--", "/*", "//"}:
            raise QueryError("comments begin with #")
        if kind not in {"space", "comment"}:
            tokens.append((kind, found[0]))
        at = found.end()
    return tokens


def _commands(query: str) -> list[_Command]:
    reader = _Reader(_tokens(query))
    commands = [reader.command()]
    while reader.accept("|"):
        commands.append(reader.command())
    reader.end()
    return commands


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._known: set[str] | None = None  # after stats, only its columns are there

    def command(self) -> _Command:
        name = self._take("name")
        made: Mapping[str, Callable[[], _Command]] = {
            "fields": self._fields,
            "filter": self._filter,
            "limit": self._limit,
            "parse": self._parse,
            "sort": self._sort,
            "stats": self._stats,
        }
        if name not in made:
            raise QueryError(f"unknown command {name!r}")
        return made[name]()

    def accept(self, text: str) -> bool:
        if self._peek()[1] != text or self._peek()[0] in {"text", "quoted", "regex"}:
            return False
        self._at += 1
        return True

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise QueryError(f"unexpected {self._peek()[1]!r}")

    def _fields(self) -> _Command:
        columns = self._list(self._column)

        def command(rows: list[Row], shown: list[str]) -> tuple[list[Row], list[str]]:
            made = [row | {name: value(row) for name, value in columns} for row in rows]
            return made, [*shown, *(name for name, _ in columns)]

        return command

    def _filter(self) -> _Command:
        wanted = self._either()
        return lambda rows, shown: ([row for row in rows if wanted(row) is True], shown)

    def _limit(self) -> _Command:
        most = int(self._take("number"))
        return lambda rows, shown: (rows[:most], shown)

    def _sort(self) -> _Command:
        name = self._field()
        falling = self.accept("desc")
        if not falling:
            self.accept("asc")

        def command(rows: list[Row], shown: list[str]) -> tuple[list[Row], list[str]]:
            return sorted(rows, key=lambda row: (row.get(name) is not None, row.get(name)), reverse=falling), shown

        return command

    def _parse(self) -> _Command:
        source, text = self._field(), self._take("regex")[1:-1]
        pattern = re.compile(text.replace("(?<", "(?P<"))
        if not pattern.groupindex:
            raise QueryError("parse needs named groups")

        def command(rows: list[Row], shown: list[str]) -> tuple[list[Row], list[str]]:
            found = [(row, pattern.search(str(row.get(source, "")))) for row in rows]
            return [row | (match.groupdict() if match else {}) for row, match in found], shown

        return command

    def _stats(self) -> _Command:
        columns = self._list(self._aggregate)
        groups = self._list(self._column) if self.accept("by") else []
        names = [name for name, _ in (*groups, *columns)]
        if len(set(names)) < len(names):
            raise QueryError("two columns have one name")
        self._known = set(names)

        def command(rows: list[Row], _shown: list[str]) -> tuple[list[Row], list[str]]:
            members: dict[tuple[Any, ...], list[Row]] = {}
            for row in rows:
                members.setdefault(tuple(value(row) for _, value in groups), []).append(row)
            made = []
            for key, of_group in members.items():
                shared = dict(zip((name for name, _ in groups), key, strict=True))
                made.append(shared | {name: value(of_group) for name, value in columns})
            return made, names

        return command

    def _aggregate(self) -> tuple[str, Callable[[list[Row]], Any]]:
        start = self._at
        name = self._take("name")
        self._expect("(")
        if name == "count" and self.accept("*"):
            self._expect(")")
            return self._alias(start), len
        field = self._field()
        if name == "pct":
            self._expect(",")
            calculate: Callable[[Sequence[Any]], Any] = _Percentile(float(self._take("number")))
        elif name in _AGGREGATES:
            calculate = _AGGREGATES[name]
        else:
            raise QueryError(f"unknown function {name!r}")
        self._expect(")")

        def value(rows: list[Row]) -> Any:
            numbers = [_number(row.get(field)) for row in rows]
            there = [number for number in numbers if number is not None]
            return calculate(there) if there else None

        return self._alias(start), value

    def _column(self) -> tuple[str, Expression]:
        start = self._at
        value = self._product()
        return self._alias(start), value

    def _alias(self, start: int) -> str:
        """Return the name behind ``as``, or the text of what stands since the token at ``start``."""
        written = "".join(text.strip("`") for _, text in self._tokens[start : self._at])
        return self._take("name") if self.accept("as") else written

    def _either(self) -> Expression:
        left = self._comparison()
        while self.accept("or"):
            left = _any_of(left, self._comparison())
        return left

    def _comparison(self) -> Expression:
        left = self._product()
        if self.accept("like"):
            pattern = re.compile(self._take("regex")[1:-1])
            return lambda row: pattern.search(str(left(row) or "")) is not None
        if self.accept("="):
            right = self._product()
            return lambda row: left(row) is not None and left(row) == right(row)
        return left

    def _product(self) -> Expression:
        left = self._atom()
        while self._peek()[1] in {"*", "/"}:
            left = _calculated(self._take("sign"), left, self._atom())
        return left

    def _atom(self) -> Expression:
        kind, text = self._peek()
        if kind == "number":
            self._at += 1
            number = float(text)
            return lambda _row: number
        if kind == "text":
            self._at += 1
            return lambda _row: text[1:-1]
        if kind == "name" and self._tokens[self._at + 1 : self._at + 2] == [("sign", "(")]:
            return self._function()
        name = self._field()
        return lambda row: row.get(name)

    def _function(self) -> Expression:
        name = self._take("name")
        self._expect("(")
        if name == "bin":
            return self._bin()
        if name == "ispresent":
            field = self._field()
            self._expect(")")
            return lambda row: row.get(field) is not None
        if name != "floor":
            raise QueryError(f"unknown function {name!r}")
        given = self._product()
        self._expect(")")

        def value(row: Row) -> Any:
            number = _number(given(row))
            return None if number is None else math.floor(number)

        return value

    def _bin(self) -> Expression:
        period = self._take("period")
        self._expect(")")
        seconds = int(period[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[period[-1]]
        return lambda row: row["@timestamp"] // (seconds * 1_000) * seconds

    def _field(self) -> str:
        kind, text = self._peek()
        if kind not in {"name", "quoted"} or text in _WORDS:
            raise QueryError(f"{text!r} is no field")
        self._at += 1
        name = text.strip("`")
        if self._known is not None and name not in self._known:
            raise QueryError(f"{name!r} is no column of stats")
        return name

    def _list(self, one: Callable[[], Any]) -> list[Any]:
        found = [one()]
        while self.accept(","):
            found.append(one())
        return found

    def _take(self, kind: str) -> str:
        there, text = self._peek()
        if there != kind:
            raise QueryError(f"{text!r} stands where a {kind} should")
        self._at += 1
        return text

    def _expect(self, text: str) -> None:
        if not self.accept(text):
            raise QueryError(f"{self._peek()[1]!r} stands where {text!r} should")

    def _peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "the end")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) or _is_numeral(value) else None


def _is_numeral(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _calculated(sign: str, left: Expression, right: Expression) -> Expression:
    def value(row: Row) -> Any:
        one, other = _number(left(row)), _number(right(row))
        if one is None or other is None:
            return None
        if sign == "*":
            return one * other
        return one / other if other else None

    return value


def _any_of(left: Expression, right: Expression) -> Expression:
    return lambda row: left(row) is True or right(row) is True
