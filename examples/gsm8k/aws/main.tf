terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/SageMaker-rlvr-gsm8k"
  retention_in_days = 30
}

resource "aws_iam_role" "function" {
  name        = "SageMaker-rlvr-gsm8k-function"
  description = "rlvr reward function SageMaker-rlvr-gsm8k"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "lambda.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "rlvr"
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WriteLog"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/SageMaker-rlvr-gsm8k:*",
        ]
      },
    ]
  })
}

resource "aws_lambda_layer_version" "layer" {
  layer_name               = "SageMaker-rlvr-gsm8k-python313-x86_64"
  filename                 = "${path.module}/layer.zip"
  source_code_hash         = filebase64sha256("${path.module}/layer.zip")
  compatible_runtimes      = ["python3.13"]
  compatible_architectures = ["x86_64"]
  skip_destroy             = true
}

resource "aws_lambda_function" "reward" {
  function_name    = "SageMaker-rlvr-gsm8k"
  description      = "rlvr reward function: suite.yaml"
  role             = aws_iam_role.function.arn
  runtime          = "python3.13"
  handler          = "rlvr_handler.lambda_function.lambda_handler"
  architectures    = ["x86_64"]
  memory_size      = 512
  timeout          = 60
  filename         = "${path.module}/function.zip"
  source_code_hash = filebase64sha256("${path.module}/function.zip")
  layers           = [aws_lambda_layer_version.layer.arn]
  publish          = true
  depends_on       = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]

  environment {
    variables = {
      RLVR_SUITE = "suite.yaml"
    }
  }
}

resource "aws_iam_role" "bedrock" {
  name        = "SageMaker-rlvr-gsm8k-bedrock"
  description = "rlvr reward function SageMaker-rlvr-gsm8k"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "bedrock.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
          ArnLike = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:bedrock:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:model-customization-job/*"
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "bedrock" {
  name = "rlvr"
  role = aws_iam_role.bedrock.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "CallRewardFunction"
        Effect = "Allow"
        Action = ["lambda:InvokeFunction"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:function:SageMaker-rlvr-gsm8k",
          "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:function:SageMaker-rlvr-gsm8k:*",
        ]
      },
    ]
  })
}

resource "aws_iam_role" "sagemaker" {
  name        = "SageMaker-rlvr-gsm8k-sagemaker"
  description = "rlvr reward function SageMaker-rlvr-gsm8k"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "sagemaker.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = data.aws_caller_identity.current.account_id
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "sagemaker" {
  name = "rlvr"
  role = aws_iam_role.sagemaker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "CallRewardFunction"
        Effect = "Allow"
        Action = ["lambda:InvokeFunction"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:function:SageMaker-rlvr-gsm8k",
          "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:function:SageMaker-rlvr-gsm8k:*",
        ]
      },
    ]
  })
}

output "function_arn" {
  description = "The reward function, in the form that every platform and SDK accepts."
  value       = aws_lambda_function.reward.arn
}

output "version_arn" {
  description = "Its published version, which later deployments do not change; only Bedrock accepts it."
  value       = aws_lambda_function.reward.qualified_arn
}

output "bedrock_role_arn" {
  description = "The role that Bedrock runs its jobs as."
  value       = aws_iam_role.bedrock.arn
}

output "sagemaker_role_arn" {
  description = "The role that SageMaker runs its jobs as."
  value       = aws_iam_role.sagemaker.arn
}
