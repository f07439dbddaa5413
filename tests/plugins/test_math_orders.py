"""Letters in an order that counts: matrices, elements of a group, functions, figures that correspond."""

from __future__ import annotations

from rlvr_math import grade

# reference: what is equal to it, what is not
ORDERS: dict[str, tuple[list[str], list[str]]] = {
    r"(AB)^{-1}": ([r"B^{-1}A^{-1}", r"B^{-1} \cdot A^{-1}", r"X = B^{-1}A^{-1}"], [r"A^{-1}B^{-1}", r"(BA)^{-1}"]),
    r"A^{-1}B^{-1}": ([r"(BA)^{-1}"], [r"(AB)^{-1}", r"A^{-1}B^{-1}+0\sin x", r"\frac{1}{BA}\sin x"]),
    r"(AB)^T": ([r"B^TA^T", r"B^T A^T"], [r"A^TB^T", r"AB", r"BA"]),
    r"(ABC)^{-1}": ([r"C^{-1}B^{-1}A^{-1}", r"(BC)^{-1}A^{-1}"], [r"A^{-1}B^{-1}C^{-1}", r"(CBA)^{-1}"]),
    r"X = A^{-1}B": ([r"A^{-1}B", r"X=A^{-1}B"], [r"BA^{-1}", r"X=BA^{-1}", r"A^{-1}B^{-1}"]),
    r"PDP^{-1}": ([r"P D P^{-1}"], [r"D", r"P^{-1}DP", r"DPP^{-1}"]),
    r"PD^{5}P^{-1}": ([r"(PDP^{-1})^5"], [r"D^5", r"P^5D^5P^{-5}"]),
    r"A^TA": ([r"A^T A", r"A^{T}A"], [r"AA^T", r"A^2"]),
    r"(A^TB)^T": ([r"B^TA", r"B^{T}A"], [r"AB^T", r"A^TB"]),
    r"AB-BA": ([r"-(BA-AB)", r"AB - BA"], [r"0", r"BA-AB", r"2AB"]),
    r"ghg^{-1}": ([r"g h g^{-1}"], [r"h", r"g^{-1}hg"]),
    r"xyx^{-1}y^{-1}": ([r"(xy)(yx)^{-1}"], [r"1", r"yxy^{-1}x^{-1}"]),
    r"A^2+AB+BA+B^2": ([r"(A+B)^2", r"A(A+B)+B(A+B)"], [r"A^2+2AB+B^2", r"(A+B)(B+A)+AB"]),
    r"\mathbf{AB}": ([r"\mathbf{A}\mathbf{B}", r"AB"], [r"\mathbf{BA}", r"BA"]),
    r"f\circ g": ([r"f \circ g"], [r"g\circ f", r"fg"]),
    r"f\circ g\circ h": ([r"f\circ g \circ h"], [r"h\circ g\circ f", r"g\circ f\circ h"]),
    r"A\times B": ([r"A \times B"], [r"B\times A"]),
    r"\mathbf{u}\times\mathbf{v}": ([r"\mathbf u \times \mathbf v"], [r"\mathbf{v}\times\mathbf{u}"]),
    r"\triangle ABC \cong \triangle DEF": (
        [r"\triangle BCA\cong\triangle EFD", r"\triangle DEF \cong \triangle ABC", r"ABC \cong DEF"],
        [
            r"\triangle ABC \cong \triangle EDF",
            r"\triangle ABC \cong \triangle DFE",
            r"\triangle ABC \sim \triangle DEF",
        ],
    ),
    r"\triangle ABC \sim \triangle A'B'C'": (
        [r"\triangle BAC \sim \triangle B'A'C'"],
        [r"\triangle ABC \sim \triangle B'A'C'", r"\triangle ABC \cong \triangle A'B'C'"],
    ),
}
# Numbers keep no order, even where they are written in capitals, divided, or as units.
NUMBERS: dict[str, list[str]] = {
    r"AB": [r"BA", r"A \cdot B"],
    r"ABC": [r"CBA"],
    r"\frac{PV}{RT}": [r"\frac{VP}{TR}", r"VPR^{-1}T^{-1}"],
    r"PV=nRT": [r"nRT=PV", r"VP=RTn"],
    r"ML^{-1}T^{-2}": [r"MT^{-2}L^{-1}", r"L^{-1}MT^{-2}"],
    r"L\times W": [r"W\times L", r"LW"],
    r"x\times y": [r"y\times x", r"xy"],
    r"(A+B)^2": [r"A^2+2AB+B^2"],
    r"a^{-1}b^{-1}": [r"(ab)^{-1}", r"\frac{1}{ba}"],
    r"\overline{AB}": [r"\overline{BA}"],
    r"AB\cdot CD": [r"CD\cdot AB"],
    r"xy-yz": [r"y(x-z)", r"-zy+yx"],
}


def test_the_order_of_letters_counts_where_the_reference_shows_it() -> None:
    """Each answer of the table is paid, or refused, as it stands and in a box."""
    cases = [
        (reference, answer, is_equal)
        for reference, (equal, different) in ORDERS.items()
        for answers, is_equal in (([reference, *equal], True), (different, False))
        for answer in answers
    ] + [(reference, answer, True) for reference, answers in NUMBERS.items() for answer in answers]
    wrong = [
        (reference, answer)
        for reference, answer, is_equal in cases
        if grade(reference, f"so $\\boxed{{{answer}}}$").correct is not is_equal
    ]

    assert wrong == []


def test_a_number_in_brackets_behind_a_number_is_no_part_of_one_value() -> None:
    """It is a product, an uncertainty or a note; only a reference that has it too is answered by it."""
    assert not grade("100", r"\boxed{100(1)}").correct
    assert not grade("42", r"\boxed{6(7)}").correct
    assert grade("100(1)", r"\boxed{100(1)}").correct
    assert grade("20", r"\boxed{10(2) = 20}").correct
    assert grade("(2)(3)", r"\boxed{6}").correct
