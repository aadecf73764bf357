-- Sandboxes in which {gauge} grows with every invocation: Theil-Sen slope, the median of the slopes between all pairs of
-- points, and the Mann-Kendall test on the signs of all pairs. Both are indifferent to outliers and to what garbage
-- collection saws off. Its variance is corrected for ties, and for values that resemble the one before (the lag-1
-- correlation of what the slope does not explain), as memory in use does.
--
-- A warm-up levels off and a cache fills once, so the later half must still grow by itself, at half the pace at least.
WITH candidates AS (
    SELECT function_name, sandbox_id, invocations, first_invocation, last_invocation
    FROM sandboxes
    WHERE invocations >= {least_points} + {warm_up}
        AND {gauge}_slope * (last_invocation - first_invocation) >= {least_growth} / 2
    ORDER BY {gauge}_slope * (last_invocation - first_invocation) DESC
    LIMIT {most_candidates}
), numbered AS (
    SELECT
        function_name, sandbox_id, invocation AS x, {gauge} AS y,
        row_number() OVER sandbox AS number, count(*) OVER (PARTITION BY function_name, sandbox_id) AS points
    FROM invocations
    SEMI JOIN candidates USING (function_name, sandbox_id)
    WHERE invocation > {warm_up} AND {gauge} IS NOT NULL
    WINDOW sandbox AS (PARTITION BY function_name, sandbox_id ORDER BY invocation)
), points AS ( -- at most {most_points} a sandbox, evenly spread
    SELECT function_name, sandbox_id, x, y, number > points / 2 AS late
    FROM numbered
    WHERE points >= {least_points} AND number % CAST(ceil(points / {most_points}) AS BIGINT) = 0
), slopes AS (
    SELECT
        a.function_name, a.sandbox_id,
        median((b.y - a.y) / (b.x - a.x)) AS slope,
        sum(sign(b.y - a.y)) AS score,
        median((b.y - a.y) / (b.x - a.x)) FILTER (a.late) AS late_slope,
        sum(sign(b.y - a.y)) FILTER (a.late) AS late_score
    FROM points AS a JOIN points AS b
        ON a.function_name = b.function_name AND a.sandbox_id = b.sandbox_id AND b.x > a.x
    GROUP BY a.function_name, a.sandbox_id
), ties AS (
    SELECT function_name, sandbox_id, sum(n) AS points, sum(n * (n - 1) * (2 * n + 5)) AS tied,
        sum(late) AS late_points, sum(late * (late - 1) * (2 * late + 5)) AS late_tied
    FROM (SELECT function_name, sandbox_id, y, count(*) AS n, count(*) FILTER (late) AS late FROM points GROUP BY ALL)
    GROUP BY function_name, sandbox_id
), rests AS (
    SELECT function_name, sandbox_id, x, y - slope * x AS rest,
        lag(y - slope * x) OVER (PARTITION BY function_name, sandbox_id ORDER BY x) AS rest_before, y
    FROM points JOIN slopes USING (function_name, sandbox_id)
), resemblance AS (
    SELECT function_name, sandbox_id,
        least(0.95, greatest(0, coalesce(nullif(corr(rest, rest_before), 'NaN'::DOUBLE), 0))) AS rho, median(y) AS middle, max(y) AS most,
        min(x) AS from_invocation, max(x) AS to_invocation
    FROM rests GROUP BY function_name, sandbox_id
), judged AS (
    SELECT
        function_name, sandbox_id, slope, late_slope, points, middle, most, from_invocation, to_invocation,
        slope * (to_invocation - from_invocation) AS growth,
        (score - 1) / sqrt(greatest(1, (points * (points - 1) * (2 * points + 5) - tied) / 18 * (1 + rho) / (1 - rho))) AS z,
        (late_score - 1) / sqrt(greatest(1, (late_points * (late_points - 1) * (2 * late_points + 5) - late_tied) / 18)) AS late_z
    FROM slopes
    JOIN ties USING (function_name, sandbox_id)
    JOIN resemblance USING (function_name, sandbox_id)
)
SELECT
    function_name, sandbox_id, '{field}' AS field, points::BIGINT AS points, slope AS per_invocation, growth, most AS highest,
    from_invocation::BIGINT AS from_invocation, to_invocation::BIGINT AS to_invocation, z AS score
FROM judged
WHERE z > {least_score} AND late_z > 2.33 AND late_slope > slope / 2
    AND slope >= {least_slope} AND growth >= greatest({least_growth}, 0.05 * middle)
ORDER BY growth / {least_growth} DESC, function_name, sandbox_id;
