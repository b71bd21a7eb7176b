-- by: customer
-- One row per event whose customer has another one at the same microsecond: which of them stands at which position.
-- The total order is time, then the source's place in the configuration, its own sequence number (rows without one
-- first), then event_id by code point. Logs in whole seconds tie often, but only ties pay for it.
WITH neighbours AS (
    SELECT
        row_number() OVER () - 1 AS pos,
        ck, t, rid, code,
        lag(ck) OVER () AS ck_before, lag(t) OVER () AS t_before,
        lead(ck) OVER () AS ck_after, lead(t) OVER () AS t_after
    FROM sorted_events
),

tied AS (
    SELECT pos, ck, t, rid, code
    FROM neighbours
    WHERE (ck = ck_before AND t = t_before) OR (ck = ck_after AND t = t_after)
),

keyed AS (
    SELECT t.pos, t.ck, t.t, t.rid, t.code, e.source_no, e.sequence, e.event_id
    FROM staged_rows AS e
    JOIN tied AS t ON t.rid = e.rid
)

SELECT
    min(pos) OVER (PARTITION BY ck, t)
        + row_number() OVER (
            PARTITION BY ck, t
            ORDER BY source_no, sequence NULLS FIRST, event_id, rid
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) - 1 AS pos,
    rid,
    code
FROM keyed
