-- by: customer
-- One row per ordered event, in the same order: the number of the session it belongs to, null for events without one.
-- Sessions of the classes web and app are told apart in the same streaming pass: each keeps the last event of its own
-- class, so a pass costs no sort and no partitioning. Runs over the maximum length are cut from their first
-- event; `session_joins` takes the cut back where a run is exactly that long. That a piece of nothing but the moment of the
-- cut ends its run is so where the timeout is shorter than the maximum; else the other form is taken.
-- The other form (`event_sessions.switched.sql`) serves the switches that need another order.
WITH numbered AS (
    SELECT ck, t, (code >> 8) & 3 AS class
    FROM ordered_events
),

carried AS (
    SELECT
        *,
        last_value(CASE WHEN class = 1 THEN t END IGNORE NULLS) OVER run AS web_t,
        last_value(CASE WHEN class = 1 THEN ck END IGNORE NULLS) OVER run AS web_ck,
        last_value(CASE WHEN class = 2 THEN t END IGNORE NULLS) OVER run AS app_t,
        last_value(CASE WHEN class = 2 THEN ck END IGNORE NULLS) OVER run AS app_ck
    FROM numbered
    WINDOW run AS (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

compared AS (
    SELECT
        ck, t, class,
        lag(web_t) OVER () AS web_before_t, lag(web_ck) OVER () AS web_before_ck,
        lag(app_t) OVER () AS app_before_t, lag(app_ck) OVER () AS app_before_ck
    FROM carried
),

bounded AS (
    SELECT
        t, class,
        class = 1 AND (web_before_ck IS DISTINCT FROM ck OR t - web_before_t > getvariable('session_timeout')) AS web_starts,
        class = 2 AND (app_before_ck IS DISTINCT FROM ck OR t - app_before_t > getvariable('session_timeout')) AS app_starts
    FROM compared
),

aged AS (
    SELECT
        class, web_starts, app_starts,
        t - CASE class
            WHEN 1 THEN last_value(CASE WHEN web_starts THEN t END IGNORE NULLS) OVER run
            WHEN 2 THEN last_value(CASE WHEN app_starts THEN t END IGNORE NULLS) OVER run
        END AS age
    FROM bounded
    WINDOW run AS (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

cut AS (
    SELECT *, age // getvariable('session_max_length') AS piece
    FROM aged
),

pieces AS (
    SELECT
        *,
        last_value(CASE WHEN class = 1 THEN piece END IGNORE NULLS) OVER run AS web_piece,
        last_value(CASE WHEN class = 2 THEN piece END IGNORE NULLS) OVER run AS app_piece
    FROM cut
    WINDOW run AS (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

started AS (
    SELECT
        class, age,
        web_starts OR (class = 1 AND piece <> lag(web_piece) OVER ()) AS web_starts,
        app_starts OR (class = 2 AND piece <> lag(app_piece) OVER ()) AS app_starts
    FROM pieces
)

SELECT
    (CASE class
        WHEN 1 THEN 2 * count(*) FILTER (web_starts) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - 1
        WHEN 2 THEN 2 * count(*) FILTER (app_starts) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    END)::INTEGER AS session_no,
    coalesce(age = getvariable('session_max_length'), false) AS is_at_limit
FROM started
