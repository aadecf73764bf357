"""One invocation: what was asked, what happened when, and what platform telemetry says of it."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from .clock import now, rfc3339, wall

RESPONSE_SHOWN_BYTES = 4096


@dataclass
class Invocation:
    """Moments are steady milliseconds."""

    payload: bytes
    arn: str
    timeout_s: float
    trace_id: str | None
    on_response: Callable[["Invocation"], None] | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tenant_id: str | None = None
    started: float = field(default_factory=now)
    sent: float | None = None  # INVOKE written; none while a suppressed init goes on
    response_began: float | None = None
    responded: float | None = None
    runtime_done: float | None = None
    ended: float | None = None
    cold: bool = False
    init_ms: float | None = None
    restore_ms: float | None = None

    status: str = ""  # success, error, failure, timeout
    error_type: str | None = None
    response: bytes | None = None
    next_delays_ms: dict[str, float | None] = field(default_factory=dict)

    @property
    def deadline(self) -> float:
        return self.started + self.timeout_s * 1000

    @property
    def deadline_epoch_ms(self) -> int:
        return int(wall(self.deadline))

    @property
    def duration_ms(self) -> float:
        return (self.ended or now()) - self.started

    @property
    def billed_ms(self) -> int:
        """Since August 2025 the init of an on-demand sandbox is billed with its first invocation."""
        return math.ceil(self.duration_ms + (self.init_ms or 0))

    def respond(self, status: str, body: bytes, error_type: str | None = None, began: float | None = None) -> None:
        """The caller has its answer, though the invocation may go on."""
        if self.responded is not None:
            return
        self.responded = now()
        self.response_began = began or self.responded
        self.status, self.error_type, self.response = status, error_type, body
        if self.on_response is not None:
            self.on_response(self)

    def start_record(self, version: str) -> dict:
        record: dict = {"requestId": self.request_id, "version": version}
        return self._with_identity(record)

    def runtime_done_record(self) -> dict:
        end = self.runtime_done or now()
        metrics: dict = {"durationMs": _ms(end - self.started)}
        record = {"requestId": self.request_id, **self._outcome(), "metrics": metrics, "spans": self._runtime_spans()}
        if self.response is not None and self.responded is not None and self.status in ("success", "error"):
            metrics["producedBytes"] = len(self.response)
        return self._with_identity(record)

    def report_record(self, memory_mb: int, max_memory_mb: int, managed: bool) -> dict:
        if managed:
            record = {"requestId": self.request_id, **self._outcome(), "metrics": {"durationMs": _ms(self.duration_ms)}}
            return record | ({"spans": spans} if (spans := self._runtime_spans()) else {})
        metrics: dict = {
            "durationMs": _ms(self.duration_ms),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": memory_mb,
            "maxMemoryUsedMB": max_memory_mb,
        }
        if self.init_ms is not None:
            metrics["initDurationMs"] = _ms(self.init_ms)
        if self.restore_ms is not None:
            metrics["restoreDurationMs"] = _ms(self.restore_ms)
            metrics["billedRestoreDurationMs"] = math.ceil(self.restore_ms)
        record = {"requestId": self.request_id, **self._outcome(), "metrics": metrics}
        if self.runtime_done is not None and self.ended is not None:
            record["spans"] = [_span("extensionOverhead", self.runtime_done, self.ended)]
        return self._with_identity(record)

    def _outcome(self) -> dict:
        return {"status": self.status} | ({"errorType": self.error_type} if self.error_type else {})

    def _runtime_spans(self) -> list[dict]:
        if self.responded is None or self.response_began is None or self.status not in ("success", "error"):
            return []
        spans = [_span("responseLatency", self.started, self.response_began),
                 _span("responseDuration", self.response_began, self.responded)]
        if self.runtime_done is not None:
            spans.append(_span("runtimeOverhead", self.responded, self.runtime_done))
        return spans

    def _with_identity(self, record: dict) -> dict:
        if self.tenant_id:
            record["tenantId"] = self.tenant_id
        if self.trace_id:
            record["tracing"] = {"type": "X-Amzn-Trace-Id", "value": self.trace_id}
        return record

    def report_line(self, number: int, max_memory_mb: int) -> dict:
        """For --report."""
        body = self.response or b""
        return {
            "type": "invocation", "number": number, "requestId": self.request_id, "arn": self.arn,
            "traceId": self.trace_id, "payloadBytes": len(self.payload), "timeoutMs": self.timeout_s * 1000,
            "coldStart": self.cold, "status": self.status, "errorType": self.error_type,
            "response": body[:RESPONSE_SHOWN_BYTES].decode("utf-8", "replace"), "responseBytes": len(body),
            "startMs": _ms(wall(self.started)), "invokeMs": _wall(self.sent), "responseMs": _wall(self.responded),
            "runtimeDoneMs": _wall(self.runtime_done), "endMs": _wall(self.ended),
            "durationMs": _ms(self.duration_ms), "billedDurationMs": self.billed_ms,
            "initDurationMs": None if self.init_ms is None else _ms(self.init_ms),
            "maxMemoryUsedMB": max_memory_mb,
            "extensions": {name: {"nextDelayMs": delay if delay is None else _ms(delay)}
                           for name, delay in self.next_delays_ms.items()},
        }


def _span(name: str, begin: float, end: float) -> dict:
    return {"name": name, "start": rfc3339(wall(begin)), "durationMs": _ms(end - begin)}


def _ms(value: float) -> float:
    return round(value, 3)


def _wall(moment: float | None) -> float | None:
    return None if moment is None else _ms(wall(moment))
