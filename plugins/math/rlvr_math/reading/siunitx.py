r"""Numbers and units as LaTeX's package ``siunitx`` writes them, such as ``\SI{5}{\kilo\metre\per\second}``."""

from __future__ import annotations

import re

from rlvr import lazy_pattern
from rlvr_math.reading.units.table import PREFIX_NAMES

_COMMAND = lazy_pattern(
    r"\\(?:(?P<quantity>SI|qty)(?:\[[^\[\]]{0,80}\])?\s?\{(?P<value>[^{}]{0,80})\}\s?\{(?P<unit>(?:[^{}]|\{[^{}]{0,80}\}){0,160})\}"
    r"|(?P<alone>si|unit)(?:\[[^\[\]]{0,80}\])?\s?\{(?P<only>(?:[^{}]|\{[^{}]{0,80}\}){0,160})\}"
    r"|num(?:\[[^\[\]]{0,80}\])?\s?\{(?P<number>[^{}]{0,80})\}"
    r"|ang\s?\{(?P<degrees>[^{};]{0,40});?(?P<minutes>[^{};]{0,40});?(?P<seconds>[^{};]{0,40})\})"
)
_MAYBE = lazy_pattern(r"\\(?:num|SI|qty|si|unit|ang)[\[{ ]")
_MACRO = lazy_pattern(r"\\([A-Za-z]+)\s*")
_SIGNS = {
    "squared": "^2 ", "cubed": "^3 ", "square": " square ", "cubic": " cubic ", "percent": "%", "celsius": " °C ",
    "degreeCelsius": " °C ", "degree": " degree ", "micro": "micro", "of": "", "highlight": "",
}  # fmt: skip


def has_siunitx(text: str) -> bool:
    r"""Say whether a text that has a backslash may have a command of siunitx."""
    return _MAYBE.search(text) is not None


def without_siunitx(text: str) -> str:
    """Write the commands of siunitx as a number and a unit's text."""
    return _COMMAND.sub(_plain, text)


def _plain(match: re.Match[str]) -> str:
    if match["quantity"]:
        return f"{_number(match['value'])} {_unit(match['unit'])}"
    if match["alone"]:
        return f" {_unit(match['only'])}"
    if match["number"] is not None:
        return _number(match["number"])
    parts = zip((match["degrees"], match["minutes"], match["seconds"]), ("^\\circ ", "' ", "'' "), strict=True)
    return "".join(f"{part.strip()}{sign}" for part, sign in parts if part.strip()).strip()


def _number(text: str) -> str:
    """Write a number of siunitx, which may have a range of error: ``5 +- 1`` is two values."""
    return text.strip().replace("+-", "\\pm ")


def _unit(text: str) -> str:
    r"""Write unit macros as a unit's text: a prefix is joined to its unit, ``\per`` divides."""
    out: list[str] = []
    place = 0
    for match in _MACRO.finditer(text):
        between = text[place : match.start()].replace(".", " ")
        if between:
            out.append(between)
        name = match[1]
        if name == "per":
            out.append("/")
        elif name in _SIGNS:
            out.append(_SIGNS[name])
        elif name == "tothe":
            out.append("^")
        elif name in PREFIX_NAMES:
            out.append(f" {name}")
        else:
            out.append(name if out and out[-1].strip() in PREFIX_NAMES else f" {name}")
        place = match.end()
    if place:
        out.append(text[place:])
        return " ".join("".join(out).replace("/ ", "/").split())
    return text.replace("~", " ").strip() if "." not in text else text.replace(".", " ")
