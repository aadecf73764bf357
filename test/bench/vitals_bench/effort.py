"""How much of everything: the full run, and the quick one that shows that all works."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    name: str
    starts: int  # exec to first event/next
    cold_starts: int
    memory_invocations: int
    cpu_rounds: int
    cpu_invocations: int  # in each round
    long_seconds: int
    idle_seconds: int
    rie_invocations: int
    rie_starts: int
    quota_blocks: int  # each with new processes
    quota_turns: int  # of each program in each block
    quota_invocations: int  # in each turn
    quota_sleep_seconds: int
    quota_starts: int
    report_lines: int
    micro_seconds: float  # each micro-benchmark
    micro_repetitions: int
    curve_invocations: int
    curve_seconds: int
    curve_points: slice


FULL = Effort("full", starts=300, cold_starts=100, memory_invocations=100_000, cpu_rounds=5, cpu_invocations=1000,
              long_seconds=60, idle_seconds=30, rie_invocations=20000, rie_starts=60,
              quota_blocks=3, quota_turns=4, quota_invocations=5, quota_sleep_seconds=10, quota_starts=40, report_lines=1_000_000, micro_seconds=0.3,
              micro_repetitions=5, curve_invocations=1000, curve_seconds=10, curve_points=slice(None))
QUICK = Effort("quick", starts=10, cold_starts=5, memory_invocations=3000, cpu_rounds=1, cpu_invocations=200,
               long_seconds=3, idle_seconds=2, rie_invocations=100, rie_starts=3,
               quota_blocks=1, quota_turns=1, quota_invocations=2, quota_sleep_seconds=1, quota_starts=2, report_lines=20_000, micro_seconds=0.02,
               micro_repetitions=1, curve_invocations=100, curve_seconds=1, curve_points=slice(None, None, 2))
