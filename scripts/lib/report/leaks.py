"""Leaks: sandboxes in which memory, descriptors or /tmp grow with every invocation. The test is in sql/leaks.sql.

used_memory_max is never looked at: it is a high-water mark, so that it grows in every sandbox.
"""

WARM_UP = 5  # first invocations of a sandbox that do not count
LEAST_POINTS, MOST_POINTS, MOST_CANDIDATES = 20, 80, 2000
LEAST_SCORE = 4.265  # of the Mann-Kendall test: one chance in 100,000, one-sided

GAUGES = (  # gauge of sql/views.sql, name in messages, least growth, least slope an invocation (MB, count, bytes)
    ("memory_left", "memory", 4, 0.02),
    ("fd_use", "fd_use", 10, 0.05),
    ("tmp_used", "tmp_used", 8 << 20, 16 << 10),
)


def find(store):
    store.run("sandboxes", warm_up=str(WARM_UP))
    found = []
    for gauge, field, growth, slope in GAUGES:
        found += store.rows(
            "leaks", gauge=gauge, field=field, warm_up=str(WARM_UP), least_points=str(LEAST_POINTS), most_points=str(MOST_POINTS),
            most_candidates=str(MOST_CANDIDATES), least_score=str(LEAST_SCORE), least_growth=str(growth), least_slope=str(slope))
    return found
