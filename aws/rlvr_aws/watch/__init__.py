"""What is watched once a job runs: queries over the logs, a dashboard, alarms, and advice on sizes and costs."""

from __future__ import annotations

# The permissions that each command needs. Logs Insights may be allowed per log group, dashboards and alarms per name.
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
