variable "architectures" {
  description = "Architectures that the layer is published for"
  type        = set(string)
  default     = ["x86_64", "arm64"]
  validation {
    condition     = length(setsubtract(var.architectures, ["x86_64", "arm64"])) == 0
    error_message = "An architecture is x86_64 or arm64."
  }
}

variable "name" {
  description = "Name of the layers; the architecture is added to it"
  type        = string
  default     = "lambda-vitals"
}

variable "zip_folder" {
  description = "Folder with lambda-vitals-x86_64.zip and lambda-vitals-arm64.zip, in place of the module's own"
  type        = string
  default     = null
}

variable "settings" {
  description = "Settings of the extension, for the output environment; what is not given keeps its default"
  type = object({
    namespace          = optional(string)
    metrics            = optional(list(string))
    dimensions         = optional(list(list(string)))
    fields             = optional(map(string))
    record             = optional(string)
    lines              = optional(string)
    high_resolution    = optional(bool)
    emit               = optional(string)
    sample_interval_ms = optional(number)
    interval_s         = optional(number)
    availability_zone  = optional(bool)
    telemetry          = optional(string)
    telemetry_port     = optional(number)
    network_interfaces = optional(list(string))
    log_level          = optional(string)
    enabled            = optional(bool)
  })
  default = {}
  validation {
    condition     = contains(["full", "compact"], coalesce(var.settings.record, "full"))
    error_message = "The setting record is full or compact."
  }
  validation {
    condition     = can(regex("^(all|notable|(notable,)?1/[0-9]+)$", coalesce(var.settings.lines, "all")))
    error_message = "The setting lines is all, notable, 1/N or notable,1/N."
  }
  validation {
    condition     = contains(["async", "sync"], coalesce(var.settings.emit, "async"))
    error_message = "The setting emit is async or sync."
  }
  validation {
    condition     = contains(["auto", "off"], coalesce(var.settings.telemetry, "auto"))
    error_message = "The setting telemetry is auto or off."
  }
  validation {
    condition     = contains(["trace", "debug", "info", "warn", "error", "off"], coalesce(var.settings.log_level, "warn"))
    error_message = "The setting log_level is trace, debug, info, warn, error or off."
  }
  validation {
    condition     = alltrue([for value in values(coalesce(var.settings.fields, {})) : !strcontains(value, ",")])
    error_message = "The value of a field must not contain a comma, which separates fields."
  }
}
