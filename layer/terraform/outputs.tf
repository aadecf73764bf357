output "layer_arns" {
  description = "ARN of the layer version by architecture: layer_arns[\"x86_64\"], layer_arns[\"arm64\"]"
  value       = { for architecture, layer in aws_lambda_layer_version.this : architecture => layer.arn }
}

output "environment" {
  description = "The settings as environment variables, to merge into those of a function"
  value = { for name, value in {
    LAMBDA_VITALS_NAMESPACE          = var.settings.namespace
    LAMBDA_VITALS_METRICS            = try(join(",", var.settings.metrics), null)
    LAMBDA_VITALS_DIMENSIONS         = try(join(";", [for names in var.settings.dimensions : length(names) == 0 ? "none" : join(",", names)]), null)
    LAMBDA_VITALS_FIELDS             = try(join(",", [for name, value in var.settings.fields : "${name}=${value}"]), null)
    LAMBDA_VITALS_RECORD             = var.settings.record
    LAMBDA_VITALS_LINES              = var.settings.lines
    LAMBDA_VITALS_HIGH_RESOLUTION    = var.settings.high_resolution
    LAMBDA_VITALS_EMIT               = var.settings.emit
    LAMBDA_VITALS_SAMPLE_INTERVAL_MS = var.settings.sample_interval_ms
    LAMBDA_VITALS_INTERVAL_S         = var.settings.interval_s
    LAMBDA_VITALS_AVAILABILITY_ZONE  = var.settings.availability_zone
    LAMBDA_VITALS_TELEMETRY          = var.settings.telemetry
    LAMBDA_VITALS_TELEMETRY_PORT     = var.settings.telemetry_port
    LAMBDA_VITALS_NETWORK_INTERFACES = try(join(",", var.settings.network_interfaces), null)
    LAMBDA_VITALS_LOG_LEVEL          = var.settings.log_level
    LAMBDA_VITALS_ENABLED            = var.settings.enabled
  } : name => tostring(value) if value != null }
}
