"""lighteval 0.13.0: a metric whose sample-level function is ``compute(doc, model_response)``.

lighteval 0.13.0 calls the method; at 0b1e213b (`src/lighteval/metrics/utils/metric_utils.py`) the object is called.
The text is ``model_response.text[0]``, the reference ``doc.choices[doc.gold_index]``, other columns ``doc.specific``.
What could not be scored has the number of the task's ``on_error``, and ``rlvr/failed`` or ``rlvr/invalid_task`` is 1.
"""

from __future__ import annotations

from typing import Any

from rlvr_trainers.bridge import Bridge, SuiteLike, metrics_of

REWARD = "rlvr"


class SampleScorer:
    """The sample-level function; can be pickled."""

    def __init__(self, suite: SuiteLike | None = None) -> None:
        self.bridge = Bridge(given=suite, prompt="query", reference="gold")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all numbers that :meth:`compute` returns."""
        return (REWARD, *self.bridge.metric_names)

    def __call__(self, doc: Any, model_response: Any, **more: Any) -> dict[str, float]:
        """Return what :meth:`compute` returns."""
        return self.compute(doc, model_response, **more)

    def compute(self, doc: Any, model_response: Any, **_more: Any) -> dict[str, float]:
        """Return the reward under ``rlvr``, and all metrics."""
        places = doc.gold_index if hasattr(doc.gold_index, "__iter__") else [doc.gold_index]
        golds = [doc.choices[place] for place in places if 0 <= place < len(doc.choices)]
        gold = golds[0] if len(golds) == 1 else golds
        texts = model_response.text
        columns = {**(doc.specific or {}), "query": doc.query, "gold": gold}
        reward = self.bridge.score_one(columns, texts[0] if texts else None)
        return {REWARD: reward.value, **metrics_of(reward)}


def metric(suite: SuiteLike | None = None) -> Any:
    """Return a metric for ``LightevalTaskConfig(metrics=[...])``.

    Raises:
        ImportError: lighteval is not installed.
    """
    import numpy as np
    from lighteval.metrics.utils.metric_utils import SampleLevelMetricGrouping
    from lighteval.tasks.requests import SamplingMethod

    scorer = SampleScorer(suite)
    return SampleLevelMetricGrouping(
        metric_name=list(scorer.names),
        higher_is_better=dict.fromkeys(scorer.names, True),
        category=SamplingMethod.GENERATIVE,
        sample_level_fn=scorer,
        corpus_level_fn=dict.fromkeys(scorer.names, np.mean),
    )
