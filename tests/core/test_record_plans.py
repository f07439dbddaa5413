"""Plans: which places rows of some keys are read from, decided once for each tuple of keys."""

import pytest

from rlvr.record import ReadingRules
from rlvr.record import plans as module
from rlvr.record.plans import Plans


def test_plans_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows whose keys are chosen at random must not fill the memory; their plans are made again each time."""
    monkeypatch.setattr(module, "PLANS_LIMIT", 5)
    plans = Plans(ReadingRules())
    for number in range(20):
        plans.plan_for({f"column_{number}": 1, "completion": "x"})

    assert len(plans._known) == 5
    assert plans.plan_for({"column_19": 1, "completion": "x"}).format.name == "generic"
