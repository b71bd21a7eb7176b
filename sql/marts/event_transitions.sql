-- One row per pair of events of which the second directly follows the first, per grain: within a session, or within a journey,
-- background events included. `(start)` leads to the first event of each, its last to `(end)`; self-loops are kept.
-- Each event looks at its neighbours in a walk that is in order already (`session_walk`, `journey_walk`). Pairs are grouped by
-- one number, `edge`: the grain, then the number of the name before (0: the start) and of the name after (0: the end).
WITH session_steps AS (
    SELECT
        0::BIGINT AS grain_no, part, ck, t, code,
        lag(part) OVER () AS part_before, lag(t) OVER () AS t_before, lag(code) OVER () AS code_before
    FROM session_walk
),

journey_steps AS (
    SELECT
        1::BIGINT AS grain_no, part, ck, t, code,
        lag(part) OVER () AS part_before, lag(t) OVER () AS t_before, lag(code) OVER () AS code_before
    FROM journey_walk
),

steps AS (
    SELECT * FROM session_steps
    UNION ALL
    SELECT * FROM journey_steps
),

lasts AS (
    SELECT 0::BIGINT AS grain_no, ck, code, lead(part) OVER () IS DISTINCT FROM part AS is_last FROM session_walk
    UNION ALL
    SELECT 1::BIGINT AS grain_no, ck, code, lead(part) OVER () IS DISTINCT FROM part AS is_last FROM journey_walk
),

moves AS (
    SELECT
        ck,
        (grain_no << 48) | (CASE WHEN part_before = part THEN name_of(code_before) ELSE 0 END << 24) | name_of(code) AS edge,
        -- date-only values stay out of durations under a day
        CASE
            WHEN part_before <> part OR part_before IS NULL THEN NULL
            WHEN (((code | code_before) >> 17) & 1) = 1 AND t - t_before < 86400000000 THEN NULL
            ELSE t - t_before
        END AS us
    FROM steps
),

counted AS (
    SELECT
        edge,
        count(*) AS transitions,
        count(DISTINCT ck) AS customers,
        quantile_cont(us, [0.5, 0.9]) AS quantiles,
        avg(us) AS mean_us
    FROM moves
    GROUP BY edge
    UNION ALL
    SELECT
        (grain_no << 48) | (name_of(code) << 24) AS edge,
        count(*) AS transitions,
        count(DISTINCT ck) AS customers,
        NULL AS quantiles,
        NULL AS mean_us
    FROM lasts
    WHERE is_last
    GROUP BY edge
),

names AS (
    SELECT DISTINCT name_no, event_name
    FROM event_kinds
)

SELECT
    CASE c.edge >> 48 WHEN 0 THEN 'session' ELSE 'journey' END AS grain,
    coalesce(f.event_name, '(start)') AS from_event,
    coalesce(t.event_name, '(end)') AS to_event,
    c.transitions,
    c.customers,
    c.quantiles[1] / 1e6 AS median_seconds,
    c.quantiles[2] / 1e6 AS p90_seconds,
    c.mean_us / 1e6 AS mean_seconds
FROM counted AS c
LEFT JOIN names AS f ON f.name_no = (c.edge >> 24) & 16777215
LEFT JOIN names AS t ON t.name_no = c.edge & 16777215
ORDER BY c.edge >> 48, c.transitions DESC, from_event, to_event
