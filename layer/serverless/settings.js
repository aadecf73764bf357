'use strict';

// The settings of docs/configuration.md as properties of custom.lambdaVitals.settings: JSON schema of each, and its environment
// variable. A list may be given as such or as the extension's own text.

const text = { type: 'string' };
const flag = { type: 'boolean' };
const list = { anyOf: [text, { type: 'array', items: text }] };
const oneOf = (...words) => ({ type: 'string', enum: words });
const comma = (value) => [value].flat().join(',');

const SETTINGS = {
  namespace: { variable: 'LAMBDA_VITALS_NAMESPACE', schema: text },
  metrics: { variable: 'LAMBDA_VITALS_METRICS', schema: list, format: comma },
  dimensions: {
    variable: 'LAMBDA_VITALS_DIMENSIONS',
    schema: { anyOf: [text, { type: 'array', items: { type: 'array', items: text } }] },
    format: (value) => typeof value === 'string' ? value : value.map((set) => comma(set) || 'none').join(';'),
  },
  fields: {
    variable: 'LAMBDA_VITALS_FIELDS',
    schema: { anyOf: [text, { type: 'object', additionalProperties: { type: 'string', pattern: '^[^,]*$' } }] },
    format: (value) => typeof value === 'string' ? value : comma(Object.entries(value).map(([name, each]) => `${name}=${each}`)),
  },
  record: { variable: 'LAMBDA_VITALS_RECORD', schema: oneOf('full', 'compact') },
  lines: { variable: 'LAMBDA_VITALS_LINES', schema: { type: 'string', pattern: '^(all|notable|(notable,)?1/[0-9]+)$' } },
  highResolution: { variable: 'LAMBDA_VITALS_HIGH_RESOLUTION', schema: flag },
  emit: { variable: 'LAMBDA_VITALS_EMIT', schema: oneOf('async', 'sync') },
  sampleIntervalMs: {
    variable: 'LAMBDA_VITALS_SAMPLE_INTERVAL_MS',
    schema: { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 10000 }] },
  },
  intervalS: { variable: 'LAMBDA_VITALS_INTERVAL_S', schema: { type: 'integer', minimum: 10, maximum: 3600 } },
  availabilityZone: { variable: 'LAMBDA_VITALS_AVAILABILITY_ZONE', schema: flag },
  telemetry: { variable: 'LAMBDA_VITALS_TELEMETRY', schema: oneOf('auto', 'off') },
  telemetryPort: { variable: 'LAMBDA_VITALS_TELEMETRY_PORT', schema: { type: 'integer', minimum: 0, maximum: 65535, not: { const: 9001 } } },
  networkInterfaces: { variable: 'LAMBDA_VITALS_NETWORK_INTERFACES', schema: list, format: comma },
  logLevel: { variable: 'LAMBDA_VITALS_LOG_LEVEL', schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'off') },
  enabled: { variable: 'LAMBDA_VITALS_ENABLED', schema: flag },
};

const settingsSchema = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(SETTINGS).map(([name, { schema }]) => [name, schema])),
  additionalProperties: false,
};

function environmentOf(settings) {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => {
    const { variable, format = String } = SETTINGS[name];
    return [variable, format(value)];
  }));
}

module.exports = { environmentOf, settingsSchema };
