-- by: customer
-- One row per journey and stage it reached: when it first was at that stage or beyond. Only visits that come further than
-- any before explode into the stages they cover; a kept start stage covers its stages at the journey's start.
WITH kept AS (
    SELECT j.journey_no, 0 AS covered, j.start_rank AS stage_rank, v.pos, j.started_t AS t, v.is_date_only
    FROM journey_spans AS j
    JOIN visits AS v ON v.journey_no = j.journey_no AND v.furthest_before = 0
    WHERE j.starts_kept
),

records AS (
    SELECT v.journey_no, greatest(v.furthest_before, CASE WHEN j.starts_kept THEN j.start_rank ELSE 0 END) AS covered, v.stage_rank, v.pos, v.t, v.is_date_only
    FROM visits AS v
    JOIN journey_spans AS j USING (journey_no)
),

covering AS (
    SELECT * FROM kept
    UNION ALL
    SELECT * FROM records WHERE stage_rank > covered
)

SELECT journey_no, unnest(range(covered + 1, stage_rank + 1))::INTEGER AS stage_rank, pos, t AS reached_t, is_date_only
FROM covering
