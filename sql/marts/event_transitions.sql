-- One row per pair of events of which the second directly follows the first, per grain: within a session, or within a journey,
-- background events included. `(start)` leads to the first event of each, its last to `(end)`; self-loops are kept.
-- Narrow integers are put in order once per grain, because a background event may belong to the journey before one that
-- began at the same moment; each event then looks at its neighbours. Names come last.
WITH session_walk AS (
    SELECT session_no AS part, ck, t, code
    FROM event_places
    WHERE session_no IS NOT NULL
    ORDER BY session_no, pos
),

journey_walk AS (
    SELECT journey_no AS part, ck, t, code
    FROM event_places
    WHERE journey_no IS NOT NULL
    ORDER BY journey_no, pos
),

session_steps AS (
    SELECT
        'session' AS grain, part, ck, t, code,
        lag(part) OVER () AS part_before, lag(t) OVER () AS t_before, lag(code) OVER () AS code_before,
        lead(part) OVER () AS part_after
    FROM session_walk
),

journey_steps AS (
    SELECT
        'journey' AS grain, part, ck, t, code,
        lag(part) OVER () AS part_before, lag(t) OVER () AS t_before, lag(code) OVER () AS code_before,
        lead(part) OVER () AS part_after
    FROM journey_walk
),

steps AS (
    SELECT * FROM session_steps
    UNION ALL
    SELECT * FROM journey_steps
),

moves AS (
    SELECT
        grain, ck,
        CASE WHEN part_before = part THEN code_before >> 18 ELSE -1 END AS from_kind,
        code >> 18 AS to_kind,
        -- date-only values stay out of durations under a day
        CASE
            WHEN part_before <> part OR part_before IS NULL THEN NULL
            WHEN (((code | code_before) >> 17) & 1) = 1 AND t - t_before < 86400000000 THEN NULL
            ELSE t - t_before
        END AS us
    FROM steps
    UNION ALL
    SELECT grain, ck, code >> 18 AS from_kind, -1 AS to_kind, NULL AS us
    FROM steps
    WHERE part_after IS DISTINCT FROM part
),

names AS (
    SELECT kind, dense_rank() OVER (ORDER BY event_name) AS name_no, event_name
    FROM event_kinds
    UNION ALL
    SELECT -1 AS kind, 0 AS name_no, NULL AS event_name
),

counted AS (
    SELECT
        m.grain, f.name_no AS from_no, t.name_no AS to_no,
        count(*) AS transitions,
        count(DISTINCT m.ck) AS customers,
        quantile_cont(m.us, [0.5, 0.9]) AS quantiles,
        avg(m.us) AS mean_us
    FROM moves AS m
    JOIN names AS f ON f.kind = m.from_kind
    JOIN names AS t ON t.kind = m.to_kind
    GROUP BY ALL
),

named AS (
    SELECT DISTINCT name_no, event_name
    FROM names
)

SELECT
    c.grain,
    coalesce(f.event_name, '(start)') AS from_event,
    coalesce(t.event_name, '(end)') AS to_event,
    c.transitions,
    c.customers,
    c.quantiles[1] / 1e6 AS median_seconds,
    c.quantiles[2] / 1e6 AS p90_seconds,
    c.mean_us / 1e6 AS mean_seconds
FROM counted AS c
JOIN named AS f ON f.name_no = c.from_no
JOIN named AS t ON t.name_no = c.to_no
ORDER BY c.grain DESC, c.transitions DESC, from_event, to_event
