"""Jobs of reinforcement fine-tuning and evaluation on Bedrock and SageMaker: submit, watch, stop, compare."""

from __future__ import annotations

_FOUND = ("bedrock:GetModelCustomizationJob", "sagemaker:DescribeTrainingJob")
_REGISTERED = (
    "sagemaker:CreateHub",
    "sagemaker:DescribeHub",
    "sagemaker:DescribeHubContent",
    "sagemaker:ImportHubContent",
)
_TRAINED = ("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sts:GetCallerIdentity")

# The permissions that each command needs; those that submit also need iam:PassRole on the job's role.
CALLS: dict[str, tuple[str, ...]] = {
    "job submit bedrock": (
        "bedrock:CreateModelCustomizationJob",
        "bedrock:GetModelCustomizationJob",
        "sts:GetCallerIdentity",
    ),
    "job submit sagemaker": (
        *_REGISTERED,
        *_TRAINED,
        "sagemaker:CreateModelPackageGroup",
        "sagemaker:DescribeModelPackageGroup",
    ),
    "job submit evaluation": (*_REGISTERED, *_TRAINED),
    "job status": _FOUND,
    "job events": (*_FOUND, "s3:GetObject", "s3:ListBucket"),
    "job stop": (*_FOUND, "bedrock:StopModelCustomizationJob", "sagemaker:StopTrainingJob"),
    "job result": (*_FOUND, "s3:GetObject", "s3:ListBucket"),
}
# The services to which each platform's submission passes the job's role.
PASSED_TO: dict[str, str] = {
    "job submit bedrock": "bedrock.amazonaws.com",
    "job submit sagemaker": "sagemaker.amazonaws.com",
    "job submit evaluation": "sagemaker.amazonaws.com",
}
