# Lambda Vitals as a layer of your own: one version for each architecture, of the zips beside this file.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 4.0"
    }
  }
}

locals {
  zips = { for each in var.architectures : each => "${coalesce(var.zip_folder, "${path.module}/layers")}/lambda-vitals-${each}.zip" }
}

resource "aws_lambda_layer_version" "this" {
  for_each = local.zips

  layer_name               = "${var.name}-${each.key}"
  description              = "Lambda Vitals for ${each.key}: what every invocation cost, as metrics of its own log line"
  license_info             = "Apache-2.0"
  compatible_architectures = [each.key]
  filename                 = each.value
  source_code_hash         = filebase64sha256(each.value)

  lifecycle {
    create_before_destroy = true
  }
}
