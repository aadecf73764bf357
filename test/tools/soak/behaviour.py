"""The random part of a soak run: how the function behaves, and what happens to telemetry and events on their way."""
import json
import random

# The share of the invocations, and the steps of test/tools/workload that the function does then.
USUAL = [
    (0.020, lambda rng: [{"do": "sleep", "ms": rng.uniform(0.1, 5)}]),
    (0.010, lambda rng: [{"do": "burn", "ms": rng.uniform(0.1, 3)}]),
    (0.005, lambda rng: [{"do": "allocate", "mb": rng.randint(1, 8), "hold_ms": rng.uniform(0, 2)}]),
    (0.003, lambda rng: [{"do": "threads", "count": rng.randint(1, 8), "hold_ms": 1}]),
    (0.003, lambda rng: [{"do": "descriptors", "count": rng.randint(1, 50), "hold_ms": 1}]),
    (0.002, lambda rng: [{"do": "children", "count": rng.randint(1, 3), "ms": 0.2, "how": "fork"}]),
    (0.001, lambda rng: [{"do": "daemon", "ms": 1}]),
]
ERROR_SHARE = 0.005
# Each takes down the runtime, and with it the sandbox. So many of each in a run of any size, spread over it: the
# extension's lives stay long enough for a leak to show.
ENDINGS_OF_A_KIND = 2
ENDINGS = {
    "timeout": (b'{"steps":[{"do":"sleep","ms":60000}]}', 0.1),
    "exit": (b'{"steps":[{"do":"crash","status":3}]}', None),
    "signal": (b'{"steps":[{"do":"crash","signal":9}]}', None),
}
# Every kind of disorder that telemetry may come in; and answers to event/next that break off.
FAULTS = ["telemetry:reorder=0.2", "telemetry:double=0.1", "telemetry:garble=0.05", "telemetry:drop=0.05",
          "telemetry:delay=40@0.02", "api:next=reset@0.0005", "api:next=close-body@0.0005", "api:next=503@0.0002"]


class Behaviour:
    def __init__(self, seed: int, invocations: int):
        self._rng = random.Random(seed)
        numbers = self._rng.sample(range(invocations), min(invocations, ENDINGS_OF_A_KIND * len(ENDINGS)))
        self._endings = dict(zip(numbers, list(ENDINGS) * ENDINGS_OF_A_KIND))

    def invocation(self, number: int) -> tuple[bytes, float | None]:
        """The event, and the timeout if it is not the usual one."""
        ending = self._endings.get(number)
        if ending:
            return ENDINGS[ending]
        chance = self._rng.random()
        if chance < ERROR_SHARE:
            return b'{"error":"Soak.OnPurpose"}', None
        chance -= ERROR_SHARE
        for share, steps in USUAL:
            if chance < share:
                return json.dumps({"steps": steps(self._rng)}).encode(), None
            chance -= share
        return b"{}", None
