// The settings of docs/configuration.md as typed properties, and the environment variables that they become.
import { Duration, Token } from 'aws-cdk-lib';

/** When lines come out. */
export enum Emit {
  /** Never holds the sandbox awake; a line may come out when the sandbox thaws. */
  ASYNC = 'async',
  /** Every line comes out before the freeze, at the price of a few billed milliseconds. */
  SYNC = 'sync',
}

/** How much a record says. */
export enum RecordDetail {
  /** Every field. */
  FULL = 'full',
  /** The fields of Lambda Insights only. */
  COMPACT = 'compact',
}

/** Level from which the extension writes diagnostics to standard error. */
export enum LogLevel {
  TRACE = 'trace',
  DEBUG = 'debug',
  INFO = 'info',
  WARN = 'warn',
  ERROR = 'error',
  OFF = 'off',
}

/** Settings of the extension. What is not given keeps its default, and what a function sets itself stays. */
export interface LambdaVitalsSettings {
  /**
   * CloudWatch namespace that the metrics go to.
   * @default "LambdaInsights"
   */
  readonly namespace?: string;
  /**
   * Fields that are published as metrics: names, or `default`, `all`, `none`; `+name` and `-name` edit the default.
   * @default - the eight metrics of Lambda Insights
   */
  readonly metrics?: string[];
  /**
   * Dimension sets of the metrics; an empty one is for metrics without dimensions.
   * @default [["function_name"], ["function_name", "version"]]
   */
  readonly dimensions?: string[][];
  /**
   * Fields of your own on every line, usable as dimensions. A value must not contain a comma.
   * @default - none
   */
  readonly fields?: { [name: string]: string };
  /** @default RecordDetail.FULL */
  readonly record?: RecordDetail;
  /**
   * Which invocations get a line of their own: `all`, `notable`, `1/N` or `notable,1/N`. The values of the others are in summaries.
   * @default "all"
   */
  readonly lines?: string;
  /**
   * Whether CloudWatch stores the metrics by the second.
   * @default false
   */
  readonly highResolution?: boolean;
  /** @default Emit.ASYNC */
  readonly emit?: Emit;
  /**
   * Time between two samples of memory and other gauges, 1 ms to 10 s.
   * @default - short at first, then longer
   */
  readonly sampleInterval?: Duration;
  /**
   * Managed Instances: time between two lines of the environment, 10 s to 1 h.
   * @default Duration.minutes(1)
   */
  readonly interval?: Duration;
  /**
   * Asks Lambda's metadata endpoint for the availability zone, once a sandbox: the field `availability_zone`.
   * @default false
   */
  readonly availabilityZone?: boolean;
  /**
   * `false` does without the Telemetry API, and so without `billed_duration` and most of `status`.
   * @default true
   */
  readonly telemetry?: boolean;
  /**
   * TCP port that telemetry is received on; 0 is any.
   * @default 4243
   */
  readonly telemetryPort?: number;
  /**
   * Network interfaces that are counted.
   * @default - the data interfaces of the sandbox
   */
  readonly networkInterfaces?: string[];
  /** @default LogLevel.WARN */
  readonly logLevel?: LogLevel;
  /**
   * `false` leaves the layer attached and measures nothing.
   * @default true
   */
  readonly enabled?: boolean;
}

/**
 * @internal
 */
export function _environmentOf(settings: LambdaVitalsSettings): { [name: string]: string } {
  const values: { [name: string]: string | undefined } = {
    NAMESPACE: settings.namespace,
    METRICS: settings.metrics?.join(','),
    DIMENSIONS: settings.dimensions?.map((names) => names.join(',') || 'none').join(';'),
    FIELDS: settings.fields && fieldList(settings.fields),
    RECORD: settings.record,
    LINES: settings.lines,
    HIGH_RESOLUTION: settings.highResolution?.toString(),
    EMIT: settings.emit,
    SAMPLE_INTERVAL_MS: settings.sampleInterval?.toMilliseconds().toString(),
    INTERVAL_S: settings.interval?.toSeconds().toString(),
    AVAILABILITY_ZONE: settings.availabilityZone?.toString(),
    TELEMETRY: settings.telemetry === undefined ? undefined : settings.telemetry ? 'auto' : 'off',
    TELEMETRY_PORT: settings.telemetryPort?.toString(),
    NETWORK_INTERFACES: settings.networkInterfaces?.join(','),
    LOG_LEVEL: settings.logLevel,
    ENABLED: settings.enabled?.toString(),
  };
  const given = Object.entries(values).filter(([, value]) => value) as [string, string][];
  return Object.fromEntries(given.map(([name, value]) => [`LAMBDA_VITALS_${name}`, value]));
}

function fieldList(fields: { [name: string]: string }): string {
  for (const [name, value] of Object.entries(fields)) {
    if (!Token.isUnresolved(value) && value.includes(',')) {
      throw new Error(`LambdaVitals: the value "${value}" of the field ${name} contains a comma, which separates fields; use another character`);
    }
  }
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(',');
}
