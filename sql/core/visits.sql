-- by: customer
-- One row per stage visit, by number: a maximal run of consecutive engagement of one journey in the same stage.
WITH firsts AS (
    SELECT *
    FROM visit_runs
    WHERE begins
),

followed AS (
    SELECT
        visit_no, journey_no, ck, pos, t, rid, stage_rank, is_date_only, rule_no,
        coalesce(lead(last_t_before) OVER (), (SELECT arg_max(r.last_t, r.run_no) FROM visit_runs AS r)) AS last_t,
        coalesce(lead(engagement_before) OVER (), (SELECT sum(r.event_count)::BIGINT FROM visit_runs AS r)) - engagement_before AS event_count,
        CASE WHEN lead(journey_no) OVER () = journey_no THEN lead(stage_rank) OVER () END AS next_rank,
        CASE WHEN lead(journey_no) OVER () = journey_no THEN lead(t) OVER () END AS next_t,
        coalesce(lead(is_date_only) OVER (), false) AS next_is_date_only,
        lag(journey_no * 64 + stage_rank) OVER () AS key_before
    FROM firsts
)

SELECT
    visit_no,
    visit_no - last_value(CASE WHEN key_before IS NULL OR key_before >> 6 <> journey_no THEN visit_no END IGNORE NULLS)
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) + 1 AS visit_number,
    journey_no, ck, pos, t, rid, stage_rank, is_date_only, rule_no, last_t, event_count, next_rank, next_t, next_is_date_only,
    CASE
        WHEN next_t IS NULL THEN NULL
        WHEN (is_date_only OR next_is_date_only) AND next_t - t < 86400000000 THEN NULL
        ELSE next_t - t
    END AS dwell_us,
    -- the furthest stage of this journey before this visit; 0 at its first
    CASE
        WHEN key_before >> 6 = journey_no
            THEN max(key_before) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) & 63
        ELSE 0
    END AS furthest_before
FROM followed
