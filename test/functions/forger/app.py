"""A function that lies: it posts telemetry of its own invocation to the extension, as if it were the platform.

Its event is a list of the records' types; LAMBDA_VITALS_TELEMETRY_PORT says where the extension listens.
"""
import http.client
import json
import os
import time

LIES = {"durationMs": 1e7, "billedDurationMs": 3, "memorySizeMB": 10**15, "maxMemoryUsedMB": 0, "producedBytes": -1}


def handler(event, context):
    record = {"requestId": context.aws_request_id, "status": "success", "metrics": LIES,
              "spans": [{"name": "responseLatency", "durationMs": 1e300}]}
    events = [{"time": "2100-01-01T00:00:00.000Z", "type": kind, "record": record} for kind in event["types"]]
    listener = http.client.HTTPConnection("127.0.0.1", int(os.environ["LAMBDA_VITALS_TELEMETRY_PORT"]), timeout=5)
    listener.request("POST", "/", json.dumps(events))
    status = listener.getresponse().status
    time.sleep(event["sleepMs"] / 1000)
    return {"status": status, "cpuUs": 2000}
