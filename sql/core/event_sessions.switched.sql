-- One row per ordered event, in the same order: the number of the session it belongs to, null for events without one.
-- The general form, used where a switch needs another order than the customer's: a source's own session key, sessions by
-- device, a split at midnight or on a change of campaign. It sorts the session events once more.
WITH numbered AS (
    SELECT row_number() OVER () - 1 AS pos, ck, t, rid, (code >> 8) & 3 AS class
    FROM ordered_events
),

members AS (
    SELECT
        n.pos, n.ck, n.t,
        e.session_key IS NOT NULL AS keyed,
        CASE
            WHEN e.session_key IS NOT NULL THEN concat('key', chr(31), e.source, chr(31), e.session_key)
            WHEN getvariable('session_by_device') THEN concat('device', chr(31), n.class, chr(31), device_identifier(e.ident_kind, e.ident, e.other_idents))
            ELSE concat('class', chr(31), n.class)
        END AS stream,
        CASE WHEN getvariable('session_campaign') THEN nullif(e.utm_campaign, '') END AS campaign,
        CASE WHEN getvariable('session_midnight') THEN local_date(make_timestamp(n.t)) END AS day
    FROM numbered AS n
    JOIN staged_rows AS e USING (rid)
    WHERE n.class > 0
),

gaps AS (
    SELECT
        *,
        CASE
            WHEN keyed THEN lag(t) OVER own IS NULL
            ELSE coalesce(t - lag(t) OVER own > getvariable('session_timeout'), true)
        END AS starts
    FROM members
    WINDOW own AS (PARTITION BY ck, stream ORDER BY pos)
),

runs AS (
    SELECT *, count(*) FILTER (starts) OVER (
        PARTITION BY ck, stream ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS run
    FROM gaps
),

pieces AS (
    SELECT
        *,
        CASE
            WHEN keyed OR max(t) OVER whole - min(t) OVER whole <= getvariable('session_max_length') THEN 0
            ELSE (t - min(t) OVER whole) // getvariable('session_max_length')
        END AS piece
    FROM runs
    WINDOW whole AS (PARTITION BY ck, stream, run)
),

days AS (
    SELECT
        *,
        coalesce(NOT keyed AND day <> lag(day) OVER (PARTITION BY ck, stream, run, piece ORDER BY pos), false) AS new_day,
        row_number() OVER (PARTITION BY ck, stream, run, piece ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) = 1 AS first_of_piece
    FROM pieces
),

parts AS (
    SELECT
        *,
        count(*) FILTER (new_day) OVER (
            PARTITION BY ck, stream, run, piece ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS part
    FROM days
),

campaigns AS (
    SELECT
        *,
        -- among events with a campaign only: skipping those without would walk over them for every event
        lag(campaign) OVER (PARTITION BY ck, stream, run, piece, part, campaign IS NULL ORDER BY pos) AS last_campaign
    FROM parts
),

started AS (
    SELECT
        pos, ck, stream,
        first_of_piece OR new_day OR coalesce(NOT keyed AND campaign <> last_campaign, false) AS starts
    FROM campaigns
),

sessions_numbered AS (
    SELECT
        pos,
        count(*) FILTER (starts) OVER (ORDER BY ck, stream, pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session_no
    FROM started
)

SELECT s.session_no::INTEGER AS session_no, false AS is_at_limit
FROM numbered AS n
LEFT JOIN sessions_numbered AS s USING (pos)
ORDER BY n.pos
