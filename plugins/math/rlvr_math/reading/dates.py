"""Days of the calendar: ``March 5, 2020``, ``5th of March 2020`` and ``2020-03-05`` are one."""

from __future__ import annotations

from rlvr import lazy_pattern

_MONTHS = {
    name: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(), start=1
    )
}
_SHORT = {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}
_WEEKDAY = r"(?:(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day),?\s+)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:\s?\^?\s?(?:st|nd|rd|th))?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_SHAPES = (
    lazy_pattern(rf"{_WEEKDAY}{_MONTH}\s+{_DAY}{_YEAR}"),
    lazy_pattern(rf"{_WEEKDAY}(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}"),
    lazy_pattern(r"(?P<year>\d{4})-(?P<month>0\d|1[0-2])-(?P<day>[0-3]\d)(?P<weekday>)"),
)
# Each month's name has these letters at its start, and a day in figures a year and a dash; most formulas have neither.
_SIGN = lazy_pattern(r"[jfmasondJFMASOND][aepucoAEPUCO][nbrylgptvcNBRYLGPTVC]|\d{4}-")
_SETTING = lazy_pattern(r"\\(?:text|textbf|mathrm|textrm)\s?\{|[{}$]|\\[,; ]|^on\s")
_LONGEST_MONTH = 31


def date_in(text: str) -> str:
    """Return a day as ``2020-03-05`` or ``03-05``, with its weekday if it is named; nothing if a text is no day."""
    if _SIGN.search(text) is None:
        return ""
    plain = " ".join(_SETTING.sub(" ", text.strip().lower()).split()).rstrip(" .")
    for shape in _SHAPES:
        found = shape.fullmatch(plain)
        if found is None:
            continue
        name = found["month"]
        month = int(name) if name.isdigit() else _MONTHS.get(name) or _SHORT.get(name, 0)
        if month and 0 < int(found["day"]) <= _LONGEST_MONTH:
            year = f"{found['year']}-" if found["year"] else ""
            return f"{year}{month:02}-{int(found['day']):02} {found['weekday'] or ''}".strip()
    return ""
