"""The handler with a suite whose entry has a second scorer."""

from rlvr import parse_suite
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Settings

SUITE = """
tasks:
  m:
    scorers:
      - scorer: math.equivalent
        name: accuracy
        otherwise: {scorer: text.contains, options: {phrases: [blue]}}
"""


def test_every_answer_has_the_same_metrics_whoever_decides() -> None:
    """In the same order, as the platforms want; a number is decided by the rule, prose by the second scorer."""
    rows = [
        {"id": "1", "messages": _turns("The answer is 4."), "reference_answer": "4"},
        {
            "id": "2",
            "messages": _turns("It is blue."),
            "reference_answer": "because the air scatters blue, and red less",
        },
    ]
    results = make_handler(parse_suite(SUITE), Settings(log="none"))(rows, None)
    metrics = [{each["name"]: each["value"] for each in result["metrics_list"]} for result in results]

    assert [result["aggregate_reward_score"] for result in results] == [1.0, 1.0]
    assert list(metrics[0]) == list(metrics[1])
    assert [each["accuracy/otherwise"] for each in metrics] == [0.0, 1.0]


def _turns(answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": answer}]
