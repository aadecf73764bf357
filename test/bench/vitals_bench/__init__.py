"""The benchmarks of scripts/bench: every program side by side in one run; docs/performance.md describes the method."""
