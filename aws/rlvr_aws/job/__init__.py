"""Jobs of reinforcement fine-tuning and evaluation on Bedrock and SageMaker: submitted, watched, stopped, compared."""

from __future__ import annotations

_FOUND = ("bedrock:GetModelCustomizationJob", "sagemaker:DescribeTrainingJob")
_REGISTERED = (
    "sagemaker:CreateHub",
    "sagemaker:DescribeHub",
    "sagemaker:DescribeHubContent",
    "sagemaker:ImportHubContent",
)
_TRAINED = ("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sts:GetCallerIdentity")

# The permissions of each command; one that submits also needs iam:PassRole on the job's role.
CALLS: dict[str, tuple[str, ...]] = {
    "job submit --platform bedrock": (
        "bedrock:CreateModelCustomizationJob",
        "bedrock:GetModelCustomizationJob",
        "sts:GetCallerIdentity",
    ),
    "job submit --platform sagemaker": (
        *_REGISTERED,
        *_TRAINED,
        "sagemaker:CreateModelPackageGroup",
        "sagemaker:DescribeModelPackageGroup",
    ),
    "job submit --platform evaluation": (*_REGISTERED, *_TRAINED),
    "job status": _FOUND,
    "job events": (*_FOUND, "s3:GetObject", "s3:ListBucket"),
    "job stop": (*_FOUND, "bedrock:StopModelCustomizationJob", "sagemaker:StopTrainingJob"),
    "job result": (*_FOUND, "s3:GetObject", "s3:ListBucket"),
}
# The services to which each platform's submission passes the job's role.
PASSED_TO: dict[str, str] = {
    "job submit --platform bedrock": "bedrock.amazonaws.com",
    "job submit --platform sagemaker": "sagemaker.amazonaws.com",
    "job submit --platform evaluation": "sagemaker.amazonaws.com",
}
