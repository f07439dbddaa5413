"""The mean with an interval over groups."""

import math
import random
from statistics import NormalDist

import pytest

from rlvr_lab.clustered import clustered_mean, student_quantile


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.706205), (2, 4.302653), (3, 3.182446), (9, 2.262157), (30, 2.042272)]
)
def test_quantiles_of_student_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    """The column 0.975 of the printed tables."""
    assert student_quantile(0.975, degrees) == pytest.approx(quantile, abs=1e-6)


def test_many_degrees_are_the_normal_distribution() -> None:
    """No jump where the closed form ends."""
    normal = NormalDist().inv_cdf(0.975)

    assert student_quantile(0.975, 1_001) == normal
    assert student_quantile(0.975, 1_000) == pytest.approx(normal, rel=2e-3)


def test_groups_of_one_row_are_the_ordinary_standard_error() -> None:
    """Then the clustered error is the deviation of the sample over the root of its size."""
    values = [0.0, 1.0, 0.5, -0.25, 0.0, 1.0]
    mean = sum(values) / 6
    sample_deviation = math.sqrt(sum((each - mean) ** 2 for each in values) / 5)

    found = clustered_mean(enumerate(values))

    assert found.standard_error == pytest.approx(sample_deviation / math.sqrt(6))
    assert found.mean == pytest.approx(mean)


def test_copies_of_a_row_in_its_group_add_no_certainty() -> None:
    """Eight completions that change alike are one observation."""
    alone = clustered_mean(enumerate([1.0, 0.0, 0.0, 1.0, -1.0]))
    copied = clustered_mean((group, each) for group, each in enumerate([1.0, 0.0, 0.0, 1.0, -1.0]) for _ in range(8))

    assert copied.low == pytest.approx(alone.low)
    assert copied.high == pytest.approx(alone.high)
    assert (alone.rows, copied.rows, copied.groups) == (5, 40, 5)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Of 400 experiments with 12 prompts of 8 rows each, whose rows share the luck of their prompt."""
    source = random.Random(3)  # noqa: S311  # an experiment
    covered = 0
    for _ in range(400):
        rows = [(group, luck + source.gauss(0.1, 0.3)) for group in range(12) for luck in [source.gauss(0.0, 0.5)] * 8]
        found = clustered_mean(rows)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.1 <= found.high

    assert 0.92 <= covered / 400 <= 0.98


def test_one_group_and_no_rows_have_no_interval() -> None:
    """Nothing is known about the spread between prompts."""
    assert clustered_mean([("a", 1.0), ("a", 0.0)]).low is None
    assert clustered_mean([]).rows == 0
