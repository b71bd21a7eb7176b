-- One row per segment value and stage: who reached it, advanced, dropped or is still open, and the rate among mature
-- journeys with its Wilson interval, from the sums of `stage_sums`.
-- Rates count journeys that reached the stage at least the horizon before as_of; n of the interval is divided by the design effect of
-- several journeys per customer (cluster-robust, at least 1).
WITH advanced AS (
    SELECT f.stage_rank, f.advance_us, f.cohort, t.combination
    FROM reach_facts AS f
    JOIN journey_traits AS t USING (journey_no)
    WHERE f.advance_us IS NOT NULL
),

cohorts AS (
    SELECT value_no, segment_value AS cohort
    FROM segment_values
    WHERE segment = 'cohort' AND same_as = value_no
),

fixed AS (
    SELECT combination, value_no
    FROM combination_values
    WHERE NOT is_cohort
),

advances AS (
    SELECT v.value_no, f.stage_rank, f.advance_us
    FROM advanced AS f
    JOIN fixed AS v USING (combination)
    UNION ALL
    SELECT v.value_no, f.stage_rank, f.advance_us
    FROM advanced AS f
    JOIN cohorts AS v USING (cohort)
),

medians AS (
    SELECT value_no, stage_rank, quantile_cont(advance_us, 0.5) / 1e6 AS median_seconds_to_advance
    FROM advances
    GROUP BY value_no, stage_rank
),

grid AS (
    SELECT v.same_as AS value_no, v.segment, v.segment_value, s.stage, s.stage_rank, s.is_goal
    FROM segment_values AS v
    CROSS JOIN config_stages AS s
),

effects AS (
    SELECT
        *,
        mature_dropped / nullif(n, 0) AS p,
        design_effect(m, n, mature_dropped, yy, yn, nn) AS effect
    FROM stage_sums
),

rated AS (
    SELECT
        *,
        n / effect AS effective_n
    FROM effects
)

SELECT
    g.segment,
    g.segment_value,
    g.stage,
    g.stage_rank,
    coalesce(r.reached, 0) AS reached,
    CASE WHEN g.is_goal THEN coalesce(r.reached, 0) ELSE coalesce(r.advanced, 0) END AS advanced,
    CASE WHEN g.is_goal THEN 0 ELSE coalesce(r.dropped, 0) END AS dropped,
    CASE WHEN g.is_goal THEN 0 ELSE coalesce(r.open, 0) END AS open,
    CASE WHEN g.is_goal THEN 0 ELSE coalesce(r.left_from, 0) END AS left_from,
    CASE WHEN g.is_goal THEN 0 ELSE coalesce(r.mature_reached, 0) END AS mature_reached,
    CASE WHEN g.is_goal THEN 0 ELSE coalesce(r.mature_advanced, 0) END AS mature_advanced,
    CASE WHEN g.is_goal THEN 0 ELSE coalesce(r.mature_dropped, 0) END AS mature_dropped,
    CASE WHEN NOT g.is_goal THEN r.p END AS drop_off_rate,
    CASE WHEN NOT g.is_goal THEN wilson_low(r.p, r.effective_n) END AS rate_low,
    CASE WHEN NOT g.is_goal THEN wilson_high(r.p, r.effective_n) END AS rate_high,
    CASE WHEN NOT g.is_goal THEN coalesce(r.mature_advanced + r.mature_dropped, 0) < getvariable('minimum') END AS is_small,
    coalesce(r.customers, 0) AS customers,
    d.median_seconds_to_advance
FROM grid AS g
LEFT JOIN rated AS r USING (value_no, stage_rank)
LEFT JOIN medians AS d USING (value_no, stage_rank)
ORDER BY g.segment, g.segment_value, g.stage_rank
