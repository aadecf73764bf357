"""What CloudWatch makes of EMF lines, by its specification: metrics(lines) gives every series with the samples of every minute.

It knows nothing of Lambda Vitals. No library does this: those that know EMF write it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""
import json
from collections import defaultdict
from decimal import Decimal

MOST_METRICS = 100  # of a directive; with more, all are lost
MOST_VALUES = 100  # of an array
MINUTE_MS = 60_000


def metrics(lines):
    """{(namespace, dimensions, metric, unit): {minute: samples, sorted}}, exact."""
    series = defaultdict(lambda: defaultdict(list))
    for line in lines:
        event = json.loads(line, parse_float=Decimal)
        minute = event["_aws"]["Timestamp"] // MINUTE_MS
        for directive in event["_aws"]["CloudWatchMetrics"]:
            if len(directive["Metrics"]) > MOST_METRICS:
                continue
            for names in directive["Dimensions"]:
                dimensions = tuple(sorted((name, event[name]) for name in names))
                for metric in directive["Metrics"]:
                    samples = event[metric["Name"]]
                    if not isinstance(samples, list):
                        samples = [samples]
                    assert len(samples) <= MOST_VALUES
                    key = directive["Namespace"], dimensions, metric["Name"], metric.get("Unit", "None")
                    series[key][minute].extend(samples)
    for minutes in series.values():
        for samples in minutes.values():
            samples.sort()
    return series


def statistics(samples):
    """Those of one minute: count, sum, minimum, maximum, and percentiles by the nearest rank."""
    rank = lambda percent: samples[max(0, -(-len(samples) * percent // 100) - 1)]  # noqa: E731
    return {"SampleCount": len(samples), "Sum": sum(samples), "Minimum": samples[0], "Maximum": samples[-1],
            **{f"p{percent}": rank(percent) for percent in (1, 10, 50, 90, 95, 99)}}
