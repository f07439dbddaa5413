"""Numbers as people read them."""

from __future__ import annotations

MINUS = "\u2212"


def whole(value: int) -> str:
    """Return a count with a comma for each thousand."""
    return f"{value:,}"


def decimal(value: float | None, digits: int = 3) -> str:
    """Return a number with a fixed count of digits; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", MINUS)


def short(value: float) -> str:
    """Return a number with at most three digits after the point, and no zeros at its end."""
    return f"{round(value, 3) + 0.0:g}".replace("-", MINUS)


def signed(value: float | None, digits: int = 3) -> str:
    """Return a number with its sign; 0 without one; a dash for None."""
    if value is None:
        return "–"
    text = f"{value:+.{digits}f}"
    return "0" if float(text) == 0.0 else text.replace("-", MINUS)


def percent(part: int, total: int) -> str:
    """Return a share in whole percent; 0 % and 100 % only if the share is none or all."""
    if not total or part == 0:
        return "0 %"
    share = 100 * part / total
    if part == total:
        return "100 %"
    return "< 1 %" if share < 1 else "> 99 %" if share > 99 else f"{share:.0f} %"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """Return a time in the unit in which it has two or three digits."""
    if seconds * 1e3 < 1.0:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1.0:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds:.1f} s"
