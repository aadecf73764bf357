# A Python function with Lambda Vitals, in Terraform. After ./scripts/build-layer

terraform {
  required_version = ">= 1.5"
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.0"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80" # 5.75 does not know python3.13 yet
    }
  }
}

variable "architecture" {
  description = "Instruction set of the function"
  type        = string
  default     = "x86_64"
  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }
}

module "lambda_vitals" {
  source     = "../../terraform"
  zip_folder = "${path.module}/../../../build/layer" # a released archive has the zips inside
  settings   = { fields = { service = "primes" } }
}

data "archive_file" "code" {
  type        = "zip"
  source_file = "${path.module}/../function/index.py"
  output_path = "${path.module}/.terraform/function.zip"
}

resource "aws_lambda_function" "function" {
  function_name    = "primes"
  runtime          = "python3.13"
  handler          = "index.handler"
  architectures    = [var.architecture]
  memory_size      = 256
  timeout          = 10
  role             = aws_iam_role.function.arn
  filename         = data.archive_file.code.output_path
  source_code_hash = data.archive_file.code.output_base64sha256
  layers           = [module.lambda_vitals.layer_arns[var.architecture]]

  environment {
    variables = module.lambda_vitals.environment
  }
}

# What any function needs to log; Lambda Vitals needs no more.
data "aws_partition" "current" {}

resource "aws_iam_role" "function" {
  name_prefix = "primes-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logging" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

output "function_name" {
  value = aws_lambda_function.function.function_name
}
