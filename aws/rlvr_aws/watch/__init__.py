"""Monitoring of a reward function: queries over its logs, a dashboard, alarms, and advice on sizes and costs."""

from __future__ import annotations

# The permissions that each command needs. They can be limited to a log group, or to names of dashboards and alarms.
CALLS: dict[str, tuple[str, ...]] = {
    "dashboard": (
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetDashboard",
        "cloudwatch:PutDashboard",
        "cloudwatch:PutMetricAlarm",
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
    ),
    "watch": (
        "cloudwatch:DescribeAlarms",
        "lambda:GetFunctionConfiguration",
        "logs:GetQueryResults",
        "logs:StartQuery",
        "logs:StopQuery",
    ),
}
