-- Macros that check values from anywhere, and the tables that lines go into.

-- A measured number: finite and not negative. JSON can hold what no line of Lambda Vitals has.
CREATE MACRO number(x) AS CASE WHEN isfinite(x) AND x >= 0 AND x < 1e18 THEN x END;

-- Milliseconds since 1970, of a time from 2014 (when Lambda began) to 2100.
CREATE MACRO moment(x) AS CASE WHEN isfinite(x) AND x >= 1400000000000 AND x < 4102444800000 THEN x::BIGINT END;

CREATE TABLE summaries (
    kind VARCHAR, function_name VARCHAR, sandbox_id VARCHAR, at_ms BIGINT, invocations DOUBLE, cold_starts DOUBLE,
    errors DOUBLE, timeouts DOUBLE, billed_mb_ms DOUBLE, billed_duration DOUBLE, used_memory_max DOUBLE, durations DOUBLE[], identity UBIGINT);
