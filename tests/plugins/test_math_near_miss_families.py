r"""Near misses by grammar: each family varies what makes an answer another one, and says it in another way too.

A family yields a reference, answers that are equal to it, and answers that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rlvr_math import verify

Case = tuple[str, list[str], list[str]]
BRACKETS = (("(", ")"), ("[", "]"), ("(", "]"), ("[", ")"))


def far_away() -> Iterator[Case]:
    """Functions that differ from a place on, within a place, or in a digit far behind."""
    for function in ("x", "x^2", "2x+1", r"\sin x"):
        for place in (10, 300, 10**4, 10**9):
            yield (
                function,
                [f"{function}+{place}-{place}", rf"\frac{{({function})(x-{place})}}{{x-{place}}}"],
                [
                    rf"{function}+\max(0,x-{place})",
                    rf"{function}+|x-{place}|-({place}-x)",
                    rf"{function}+\lfloor\frac{{1}}{{1+(x-{place})^2}}\rfloor",
                    rf"{function}+e^{{-(x-{place})^2\cdot 10^4}}",
                    rf"{function}+0\cdot\sqrt{{x-{place}}}",
                    rf"({function})\cdot\operatorname{{sgn}}(x+{place})",
                    rf"{function}+\left(\frac{{x}}{{{place}}}\right)^{{200}}",
                    rf"{function}+10^{{-{len(str(place)) * 5}}}x^7",
                ],
            )


def near_zero() -> Iterator[Case]:
    """Functions beside the first terms of their series, and functions beside others that agree at whole numbers."""
    series = {
        r"\sin x": ["x", r"x-\frac{x^3}{6}", r"\sinh x", r"\arcsin x"],
        r"\cos x": [r"1-\frac{x^2}{2}", r"\cosh x", "1"],
        r"e^x": [r"1+x+\frac{x^2}{2}", "1+x", r"\frac{1}{1-x}"],
        r"\ln(1+x)": ["x", r"x-\frac{x^2}{2}+\frac{x^3}{3}", r"\log_{10}(1+x)"],
        r"\sqrt{1+x}": [r"1+\frac{x}{2}-\frac{x^2}{8}", r"1+\frac x2"],
        r"\frac{1}{1-x}": ["1+x+x^2+x^3"],
        r"\arctan x": [r"x-\frac{x^3}{3}", r"\tanh x"],
        r"\sin(\pi n)+n": [r"n+\sin(n)"],
        r"\lfloor x\rfloor": ["x", r"\lceil x\rceil-1"],
        r"|x|": ["x", r"\sqrt{x^2+10^{-30}}", "x^2"],
        r"x": [r"\arcsin(\sin x)", r"\arctan(\tan x)", r"\sqrt{x^2}", r"10^{10}\tanh(x/10^{10})"],
    }
    for function, others in series.items():
        yield function, [rf"1\cdot({function})", rf"\frac{{2({function})}}{{2}}"], others


def intervals() -> Iterator[Case]:
    for low, high in ((0, 1), (-3, 7), (2, 12)):
        for opening, closing in BRACKETS:
            left, right = "\\le" if opening == "[" else "<", "\\le" if closing == "]" else "<"
            yield (
                f"{opening}{low},{high}{closing}",
                [f"{low} {left} x {right} {high}", rf"x\in\left{opening}{low},{high}\right{closing}"],
                [
                    *(f"{one}{low},{high}{other}" for one, other in BRACKETS if (one, other) != (opening, closing)),
                    f"{opening}{low + 1},{high}{closing}",
                    f"{opening}{low},{high}.001{closing}",
                    f"{opening}{high},{low}{closing}",
                    rf"\{{{low},{high}\}}",
                    rf"{opening}{low},{high}{closing}\cup\{{{high + 2}\}}",
                    rf"{opening}{low},{high}{closing}\cap\mathbb{{Z}}",
                    rf"{opening}{low},{high}{closing}\setminus\{{{low}+\frac12\}}",
                ],
            )


def units() -> Iterator[Case]:
    others = {
        "m": "cm", "kg": "g", "s": "ms", "MW": "mW", "GPa": "MPa", "mol": "mmol", "L": "mL", "kHz": "Hz", "kN": "N",
        "ft": "in", "hours": "minutes", "dollars": "cents", "years": "months", "m^2": "cm^2", "m/s": "km/h",
        "TB": "GB", "keV": "eV",
    }  # fmt: skip
    for unit, other in others.items():
        yield (
            rf"5\text{{ {unit}}}",
            [rf"5.0\text{{ {unit}}}", rf"\frac{{10}}{{2}}\text{{ {unit}}}"],
            [rf"5\text{{ {other}}}", rf"50\text{{ {unit}}}", rf"-5\text{{ {unit}}}"],
        )


def congruences() -> Iterator[Case]:
    for residue, modulus in ((3, 7), (2, 5), (10, 13), (5, 12)):
        yield (
            rf"x\equiv{residue}\pmod{{{modulus}}}",
            [rf"x\equiv{residue + modulus}\pmod {modulus}", rf"x\equiv{residue - modulus}\pmod{{{modulus}}}"],
            [
                rf"x\equiv{residue + 1}\pmod{{{modulus}}}",
                rf"x\equiv{residue}\pmod{{{2 * modulus}}}",
                f"x={residue}",
                str(residue + modulus),
                rf"x={modulus}k+{residue}, k\in\mathbb{{N}}",
            ],
        )
        yield str(residue), [f"{residue}.0"], [str(residue + modulus), rf"{residue}\pmod{{{modulus}}}"]


def signs() -> Iterator[Case]:
    for value in ("3", r"\sqrt{5}", "2i"):
        yield (
            rf"\pm {value}",
            [rf"\mp {value}", f"{value}, -{value}"],
            [value, f"-{value}", f"{value},{value}", rf"0,\pm {value}", rf"2\pm {value}"],
        )
        yield rf"2\pm {value}", [f"2+{value}, 2-{value}"], [rf"-2\pm {value}", rf"\pm 2+{value}", f"2+{value}"]
        yield value, [f"+{value}"], [rf"\pm {value}", f"-{value}"]
    for real, imaginary in ((2, 3), (1, -5)):
        number, conjugate = f"{real}{imaginary:+d}i", f"{real}{-imaginary:+d}i"
        yield (
            number,
            [rf"\overline{{{conjugate}}}", f"i({imaginary}{-real:+d}i)"],
            [
                conjugate,
                rf"\overline{{{number}}}",
                f"-({number})",
                f"{imaginary}{real:+d}i",
                f"|{number}|",
                f"({real},{imaginary})",
            ],
        )


def grids() -> Iterator[Case]:
    def grid(rows: list[list[int]], kind: str = "pmatrix") -> str:
        body = r"\\".join("&".join(map(str, row)) for row in rows)
        return rf"\begin{{{kind}}}{body}\end{{{kind}}}"

    for a, b, c, d in ((1, 2, 3, 4), (-5, 4, 7, 1), (0, 9, -2, 6)):
        rows = [[a, b], [c, d]]
        yield (
            grid(rows),
            [grid(rows, "bmatrix"), rf"\frac12{grid([[2 * cell for cell in row] for row in rows])}"],
            [
                grid([[a, c], [b, d]]),
                grid(rows[::-1]),
                grid([row[::-1] for row in rows]),
                grid(rows, "vmatrix"),
                "-" + grid(rows),
                grid(rows) + "^T",
                grid([[a, b, c, d]]),
                f"({a},{b},{c},{d})",
                str(a * d - b * c),
            ],
        )
        yield (
            rf"\langle {a},{b},{c}\rangle",
            [rf"\langle {a}.0,{b},{c}\rangle"],
            [
                rf"\langle {c},{b},{a}\rangle",
                rf"\langle {-a or 1},{-b},{-c}\rangle",
                rf"\{{{a},{b},{c}\}}",
                f"{a}{b}{c}",
            ],
        )


def bases() -> Iterator[Case]:
    for base in (2, 3, 10):
        yield (
            rf"\log_{{{base}}} 5",
            [rf"\frac{{\ln 5}}{{\ln {base}}}", rf"\log_{{{base**2}}} 25"],
            [
                rf"\log_5 {base}",
                r"\ln 5",
                rf"\frac{{\ln {base}}}{{\ln 5}}",
                rf"\ln 5-\ln {base}",
                rf"\log_{{{base**2}}} 5",
            ],
        )
    for number, digits, base in ((13, "1101", 2), (25, "31", 8), (57, "111001", 2), (11, "102", 3)):
        yield (
            str(number),
            [f"{digits}_{{{base}}}", rf"{number}_{{10}}"],
            [digits, f"{digits}_{{{base + 1}}}", f"{digits}0_{{{base}}}", f"{number + 1}"],
        )


def quantities() -> Iterator[Case]:
    for degrees, radians in ((30, r"\frac{\pi}{6}"), (45, r"\frac{\pi}{4}"), (90, r"\frac{\pi}{2}")):
        yield (
            rf"{degrees}^\circ",
            [rf"{degrees}\text{{ degrees}}", rf"{radians}\text{{ rad}}"],
            [
                rf"{degrees}\text{{ rad}}",
                f"{degrees}'",
                rf"{degrees}\%",
                rf"-{degrees}^\circ",
                rf"{360 - degrees}^\circ",
            ],
        )
        yield rf"\sin {degrees}^\circ", [rf"\sin({radians})"], [rf"\sin {degrees}", rf"\cos({degrees + 1}^\circ)"]
    for share in ("5", "12.5", "150"):
        yield (
            rf"{share}\%",
            [str(float(share) / 100), f"{share} percent"],
            [share, f"{float(share) / 1000:g}", f"{share}‰", rf"{float(share) * 10:g}\%", rf"-{share}\%"],
        )
        yield share, [f"{float(share)}"], [rf"{share}\%"]


def ratios() -> Iterator[Case]:
    for whole, above, below in ((3, 1, 2), (2, 3, 4), (10, 1, 3)):
        yield (
            rf"{whole}\frac{{{above}}}{{{below}}}",
            [rf"\frac{{{whole * below + above}}}{{{below}}}", f"{whole}+{above}/{below}"],
            [
                rf"\frac{{{whole * above}}}{{{below}}}",
                rf"\frac{{{whole * below - above}}}{{{below}}}",
                rf"\frac{{{whole}{above}}}{{{below}}}",
                rf"{whole}\cdot\frac{{{above}}}{{{below}}}",
                rf"{whole},\frac{{{above}}}{{{below}}}",
            ],
        )
    for one, other in ((2, 3), (5, 7), (1, 4)):
        yield (
            f"{one}:{other}",
            [f"{3 * one}:{3 * other}", rf"\frac{{{one}}}{{{other}}}"],
            [
                f"{other}:{one}",
                f"{one}:{one + other}",
                f"{one}.{other}",
                f"({one},{other})",
                f"{one},{other}",
                f"{one}{other}",
            ],
        )


FAMILIES = (far_away, near_zero, intervals, units, congruences, signs, grids, bases, quantities, ratios)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_near_misses_are_refused_and_other_ways_to_say_the_same_are_paid(family: Callable[[], Iterator[Case]]) -> None:
    """No answer of a family that differs is paid, in any notation, and none that is equal is refused."""
    cases = list(family())
    paid = [
        (reference, answer) for reference, _, others in cases for answer in others if verify(reference, answer).correct
    ]
    lost = [
        (reference, answer)
        for reference, equal, _ in cases
        for answer in equal
        if not verify(reference, answer).correct
    ]

    assert (paid, lost) == ([], [])
