# Functions for both architectures with Lambda Vitals, by the module. From the clone's root, after ./scripts/build-layer:
#
#   (cd layer/terraform/examples/functions && terraform init && terraform apply)

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80" # 5.75 does not know python3.13 yet
    }
  }
}

variable "code" {
  description = "A zip with the functions' code"
  type        = string
}

module "lambda_vitals" {
  source     = "../.."
  zip_folder = "${path.module}/../../../../build/layer" # a released archive has the zips inside
  settings = {
    fields = { team = "payments" }
  }
}

resource "aws_lambda_function" "primes" {
  for_each = toset(["x86_64", "arm64"])

  function_name    = "primes-${each.key}"
  runtime          = "python3.13"
  handler          = "index.handler"
  architectures    = [each.key]
  memory_size      = 256
  role             = aws_iam_role.function.arn
  filename         = var.code
  source_code_hash = filebase64sha256(var.code)
  layers           = [module.lambda_vitals.layer_arns[each.key]]

  environment {
    variables = merge(module.lambda_vitals.environment, { STAGE = "prod" })
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

output "layer_arns" {
  value = module.lambda_vitals.layer_arns
}
