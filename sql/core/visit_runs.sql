-- by: customer
-- One row per stage run with its final stage (a kept start stage raises runs that wait for it) and the visit it is part of.
-- Runs that turn out to be in the same stage become one visit. Order is by run_no and is relied on by `visits`.
WITH ranked AS (
    SELECT
        r.*,
        CASE WHEN r.waits THEN greatest(r.local_rank, j.start_rank) ELSE r.local_rank END AS stage_rank
    FROM stage_runs AS r
    JOIN journey_spans AS j USING (journey_no)
    ORDER BY r.run_no
),

compared AS (
    SELECT
        *,
        coalesce(lag(journey_no) OVER () <> journey_no OR lag(stage_rank) OVER () <> stage_rank, true) AS begins
    FROM ranked
)

SELECT
    run_no, journey_no, ck, pos, t, rid, stage_rank, is_date_only, last_t, event_count, begins,
    CASE WHEN evidence = stage_rank THEN rule_no END AS rule_no,
    count(*) FILTER (begins) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS visit_no,
    sum(event_count) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)::BIGINT - event_count AS engagement_before,
    lag(last_t) OVER () AS last_t_before
FROM compared
