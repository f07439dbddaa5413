"""What judges cost: prices, the sums of a run, its budget, and the cache."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import ConfigError, Report, Suite, Summary, Verdict, parse_suite, score_rows
from rlvr.cli.app import app
from rlvr.jobs import InProcess
from rlvr.stub_judge import StubReply
from rlvr.testing import stub_judge
from rlvr_judge import voting
from rlvr_judge.backends.bedrock import reply_from
from rlvr_judge.model_ids import model_behind
from rlvr_judge.options import Price
from rlvr_judge.spending.budget import Budget
from rlvr_judge.spending.prices import price_of, shipped_prices
from rlvr_judge.tokens import Tokens
from rlvr_judge.troubles import Cause, NoVerdictError

LABELLED = {"label": {"reason": "so", "verdict": "warm"}}
PRICES = {"m": {"input": 1.0, "output": 2.0}}


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr(voting, "wait_before", lambda *_: 0.0)


def _suite(base_url: str, **options: Any) -> Any:
    given = {
        "models": ["m"],
        "base_url": base_url,
        "question": "Is it warm?",
        "labels": ["warm", "cold"],
        "passing_labels": ["warm"],
        **options,
    }
    entry = {"scorer": "judge.label", "name": "tone", "options": given}
    return parse_suite({"tasks": {"t": {"scorers": [entry]}}, "workers": {"count": 1}})


def _scored(suite: Suite, rows: list[Any]) -> Report:
    """Score without workers, whose start takes longer than all else here."""
    return score_rows(suite, rows, runner=InProcess())


def _rows(count: int) -> list[Any]:
    return [{"prompt": "Write.", "completion": f"We are sorry, customer number {place}."} for place in range(count)]


def _metrics(reward: Any) -> dict[str, float]:
    return {metric.name: metric.value for metric in reward.metrics}


@pytest.mark.parametrize(
    ("model", "behind"),
    [
        ("openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b-1:0"),
        ("deepseek.v3.2", "deepseek.v3.2"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0"),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0"),
    ],
)
def test_the_model_behind_an_id_is_found(model: str, behind: str) -> None:
    """Of profiles of AWS's own, and of ARNs."""
    assert model_behind(model) == behind


def test_prices_have_source_and_date_and_those_of_a_suite_come_first() -> None:
    """A profile has the price of its area if that differs; other servers have none that is shipped."""
    model = "anthropic.claude-haiku-4-5-20251001-v1:0"
    own = Price(input=7.0, output=9.0)
    regional, everywhere = (price_of(f"{area}.{model}", {}, is_bedrock=True) for area in ("us", "global"))

    assert shipped_prices().source.startswith("https://aws.amazon.com/bedrock/pricing/")
    assert len(shipped_prices().date) == len("2026-06-30")
    assert (regional and regional.input, everywhere and everywhere.input) == (1.1, 1.0)
    assert price_of(f"us.{model}", {model: own}, is_bedrock=True) == own
    assert price_of("amazon.nova-pro", {}, is_bedrock=True) == price_of("us.amazon.nova-pro-v1:0", {}, is_bedrock=True)
    assert price_of(model, {}, is_bedrock=False) is None
    assert price_of("arn:aws:bedrock:us-east-1:1:application-inference-profile/x", {}, is_bedrock=True) is None


def test_tokens_of_a_cached_prompt_have_their_own_price() -> None:
    """Converse counts them apart from the others; the metric has all."""
    usage = {"inputTokens": 100, "outputTokens": 10, "cacheReadInputTokens": 1_000, "cacheWriteInputTokens": 400}
    content = {"role": "assistant", "content": [{"text": "{}"}]}
    reply = reply_from({"stopReason": "end_turn", "usage": usage, "output": {"message": content}})
    price = Price(input=10.0, output=50.0, cache_read=1.0, cache_write=12.5)

    assert (reply.tokens_in, reply.tokens_cached) == (1_500, 1_000)
    assert price.usd_of(reply) == pytest.approx((100 * 10 + 10 * 50 + 1_000 * 1 + 400 * 12.5) / 1e6)
    assert Price(input=10.0, output=50.0).usd_of(reply) == pytest.approx((1_500 * 10 + 10 * 50) / 1e6)


def test_a_summary_sums_what_was_spent_and_the_cache_costs_nothing() -> None:
    """The second batch asks nobody."""
    with stub_judge(LABELLED) as judge:
        suite = _suite(judge.base_url, prices=PRICES)
        summary = Summary.of(suite)
        reports = [_scored(suite, _rows(3)) for _ in range(2)]
        for report in reports:
            summary.add(report)
    each = _metrics(reports[0].rewards[0])
    tokens = each["tone/judge_tokens_in"], each["tone/judge_tokens_out"]

    assert len(judge.requests) == 3
    assert each["tone/judge_usd"] == pytest.approx((tokens[0] + 2 * tokens[1]) / 1e6)
    assert summary.totals["judge_usd"] == pytest.approx(
        sum(_metrics(reward)["tone/judge_usd"] for reward in reports[0].rewards)
    )
    assert summary.totals["judge_tokens_in"] == sum(
        _metrics(reward)["tone/judge_tokens_in"] for reward in reports[0].rewards
    )


@pytest.mark.parametrize(
    "change",
    [
        {"models": ["other"]},
        {"question": "Is it kind?"},
        {"labels": ["warm", "cold", "odd"]},
        {"max_tokens": 100},
        {"temperature": 0.5},
        {"view": "full"},
        {"prompt": "none"},
    ],
)
def test_the_cache_knows_a_score_by_all_that_was_asked(change: dict[str, Any], tmp_path: Path) -> None:
    """The model, its parameters, the rubric and the views; another process finds the scores in the file."""
    cache = {"file": str(tmp_path / "scores.db")}
    with stub_judge(LABELLED) as judge:
        for options in ({}, {}, change):
            suite = _suite(judge.base_url, **options)
            suite = parse_suite(json.loads(suite.text) | {"cache": cache})
            _scored(suite, _rows(1))

    assert len(judge.requests) == 2


def test_a_failure_is_not_kept() -> None:
    """The next batch asks again, and gets the verdict."""
    replies = [StubReply(status=503), StubReply(text=json.dumps(LABELLED))]
    with stub_judge(lambda request: replies[min(request.number, 1)]) as judge:
        suite = _suite(judge.base_url, attempts=1)
        verdicts = [_scored(suite, _rows(1)).rewards[0].verdict for _ in range(3)]

    assert verdicts == [Verdict.FAILED, Verdict.SCORED, Verdict.SCORED]
    assert len(judge.requests) == 2


def test_records_after_the_budget_are_failed_and_no_request_is_sent() -> None:
    """The reason has its own class, and no number is made up."""
    with stub_judge(LABELLED) as judge:
        suite = _suite(judge.base_url, prices={"m": {"input": 1_000_000.0, "output": 0.0}}, budget_usd=1.0)
        first, second = (_scored(suite, _rows(2)[place:][:1]).rewards[0] for place in (0, 1))

    assert (first.verdict, second.verdict) == (Verdict.SCORED, Verdict.FAILED)
    assert second.parts[0].score.value is None
    assert second.parts[0].reason_class == "budget"
    assert second.parts[0].score.reason.startswith("budget: ")
    assert len(judge.requests) == 1


def test_a_budget_counts_replies_that_are_no_verdicts() -> None:
    """They are paid for too."""
    with stub_judge(StubReply(text="{}", ending="truncated")) as judge:
        suite = _suite(judge.base_url, prices={"m": {"input": 1_000_000.0, "output": 0.0}}, budget_usd=1.0)
        reward = _scored(suite, _rows(1)).rewards[0]

    assert reward.parts[0].reason_class == "budget"
    assert _metrics(reward)["tone/judge_usd"] > 1.0
    assert len(judge.requests) == 1


def test_a_budget_is_shared_by_forked_processes() -> None:
    """As the workers of a suite are."""
    budget = Budget(1.0)
    for _ in range(5):
        process = os.fork()
        if not process:
            budget.spend(0.25)
            os._exit(0)
        os.waitpid(process, 0)

    assert budget.spent_usd == 1.25
    with pytest.raises(NoVerdictError, match=r"1\.25 of 1 USD") as caught:
        budget.check()
    assert caught.value.cause is Cause.BUDGET


def test_a_budget_needs_a_price() -> None:
    """Else it would never be used up."""
    with pytest.raises(ConfigError, match="`budget_usd` needs the price of m; give it in `prices`"):
        _suite("http://localhost:1/v1", budget_usd=1.0)


def test_score_shows_the_sums(tmp_path: Path) -> None:
    """Money and tokens, as text and as JSON."""
    path, rows = tmp_path / "suite.json", tmp_path / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, _rows(2))))
    with stub_judge(LABELLED) as judge:
        path.write_text(_suite(judge.base_url, prices=PRICES).text)
        shown = CliRunner().invoke(app, ["score", str(path), str(rows)])
        document = json.loads(CliRunner().invoke(app, ["score", str(path), str(rows), "--json"]).stdout)

    assert "total judge_usd" in shown.stdout
    assert document["totals"]["judge_usd"] > 0.0
    assert document["totals"].keys() >= {"judge_usd", "judge_tokens_in", "judge_tokens_out"}


def test_a_price_that_no_tokens_have_is_zero() -> None:
    """Such as of a server that reports no usage."""
    assert Price(input=1.0, output=1.0).usd_of(Tokens()) == 0.0
