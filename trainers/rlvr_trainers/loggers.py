"""Summaries of a batch for the loggers of experiments: Weights & Biases, MLflow, TensorBoard.

For trainers that log no metrics of their own. The names are those of ``suite.metric_names``, beside ``rlvr/reward`` and
statistics of groups. Each function needs its logger installed, and nothing else does.
"""

from __future__ import annotations

from typing import Any

from rlvr import Report
from rlvr_trainers.bridge import mean_metrics


def summary_of(report: Report) -> dict[str, float]:
    """Return the mean reward of the scored records, the mean of each metric, and statistics of groups."""
    found = mean_metrics(report.rewards)
    if report.mean is not None:
        found["rlvr/reward"] = report.mean
    groups = report.group_statistics
    if groups.scored:
        found["rlvr/zero_variance_share"] = groups.zero_variance_share
        found["rlvr/mean_spread"] = groups.mean_spread
    return found


def log_to_wandb(report: Report, step: int | None = None) -> None:
    """Log the summary of a batch to the present run of Weights & Biases.

    Raises:
        ImportError: wandb is not installed.
    """
    import wandb

    wandb.log(summary_of(report), step=step)


def log_to_mlflow(report: Report, step: int | None = None) -> None:
    """Log the summary of a batch to the present run of MLflow.

    A store in files has a file for each name, so a name that others continue, such as that of a scorer, ends in
    ``/value``.

    Raises:
        ImportError: mlflow is not installed.
    """
    import mlflow

    summary = summary_of(report)
    continued = {name for name in summary if any(other.startswith(f"{name}/") for other in summary)}
    named = {f"{name}/value" if name in continued else name: value for name, value in summary.items()}
    mlflow.log_metrics(named, step=step)


def log_to_tensorboard(writer: Any, report: Report, step: int) -> None:
    """Log the summary of a batch to a ``SummaryWriter``."""
    for name, value in summary_of(report).items():
        writer.add_scalar(name, value, step)
