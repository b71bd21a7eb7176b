-- One row per segment value and stage: who reached it, advanced, dropped or is still open, and the rate among mature
-- journeys with its Wilson interval.
-- Distinct customers and the design effect of several journeys per customer (cluster-robust, at least 1) need sums per
-- customer. Most customers have one journey, for whom these are the sums per journey: they are added up by combination
-- of segment values, and only the others customer by customer. Rates count journeys that reached the stage at least the horizon before as_of.
WITH facts AS (
    SELECT
        f.ck, f.stage_rank, f.is_advanced, f.is_dropped, f.is_open, f.is_left_from, f.is_mature, f.advance_us, f.cohort,
        t.combination,
        r.ck IS NOT NULL AS repeats
    FROM reach_facts AS f
    JOIN journey_traits AS t USING (journey_no)
    LEFT JOIN (SELECT DISTINCT ck FROM journey_spans WHERE journey_number > 1) AS r ON r.ck = f.ck
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

alone AS (
    SELECT
        combination, cohort, stage_rank,
        count(*) AS reached,
        count(*) FILTER (is_advanced) AS advanced,
        count(*) FILTER (is_dropped) AS dropped,
        count(*) FILTER (is_open) AS open,
        count(*) FILTER (is_left_from) AS left_from,
        count(*) FILTER (is_mature) AS mature_reached,
        count(*) FILTER (is_mature AND is_advanced) AS mature_advanced,
        count(*) FILTER (is_mature AND is_dropped) AS mature_dropped
    FROM facts
    WHERE NOT repeats
    GROUP BY combination, cohort, stage_rank
),

alone_by_value AS (
    SELECT v.value_no, a.* FROM alone AS a JOIN fixed AS v USING (combination)
    UNION ALL
    SELECT v.value_no, a.* FROM alone AS a JOIN cohorts AS v USING (cohort)
),

repeated_by_value AS (
    SELECT v.value_no, f.* FROM (SELECT * FROM facts WHERE repeats) AS f JOIN fixed AS v USING (combination)
    UNION ALL
    SELECT v.value_no, f.* FROM (SELECT * FROM facts WHERE repeats) AS f JOIN cohorts AS v USING (cohort)
),

per_customer AS (
    SELECT
        value_no, stage_rank, ck,
        count(*) AS reached,
        count(*) FILTER (is_advanced) AS advanced,
        count(*) FILTER (is_dropped) AS dropped,
        count(*) FILTER (is_open) AS open,
        count(*) FILTER (is_left_from) AS left_from,
        count(*) FILTER (is_mature) AS mature_reached,
        count(*) FILTER (is_mature AND is_advanced) AS mature_advanced,
        count(*) FILTER (is_mature AND is_dropped) AS mature_dropped,
        mature_advanced + mature_dropped AS n_c
    FROM repeated_by_value
    GROUP BY value_no, stage_rank, ck
),

parts AS (
    SELECT
        value_no, stage_rank, reached, advanced, dropped, open, left_from, mature_reached, mature_advanced, mature_dropped,
        1 AS customers,
        (n_c > 0)::INTEGER AS m,
        n_c AS n,
        mature_dropped * mature_dropped AS yy,
        mature_dropped * n_c AS yn,
        n_c * n_c AS nn
    FROM per_customer
    UNION ALL
    SELECT
        value_no, stage_rank, reached, advanced, dropped, open, left_from, mature_reached, mature_advanced, mature_dropped,
        reached AS customers,
        mature_advanced + mature_dropped AS m,
        mature_advanced + mature_dropped AS n,
        mature_dropped AS yy,
        mature_dropped AS yn,
        mature_advanced + mature_dropped AS nn
    FROM alone_by_value
),

summed AS (
    SELECT
        value_no, stage_rank,
        sum(reached)::BIGINT AS reached,
        sum(advanced)::BIGINT AS advanced,
        sum(dropped)::BIGINT AS dropped,
        sum(open)::BIGINT AS open,
        sum(left_from)::BIGINT AS left_from,
        sum(mature_reached)::BIGINT AS mature_reached,
        sum(mature_advanced)::BIGINT AS mature_advanced,
        sum(mature_dropped)::BIGINT AS mature_dropped,
        sum(customers)::BIGINT AS customers,
        sum(m)::BIGINT AS m,
        sum(n)::DOUBLE AS n,
        sum(yy)::DOUBLE AS yy,
        sum(yn)::DOUBLE AS yn,
        sum(nn)::DOUBLE AS nn
    FROM parts
    GROUP BY value_no, stage_rank
),

advances AS (
    SELECT v.value_no, f.stage_rank, f.advance_us
    FROM (SELECT * FROM facts WHERE advance_us IS NOT NULL) AS f
    JOIN fixed AS v USING (combination)
    UNION ALL
    SELECT v.value_no, f.stage_rank, f.advance_us
    FROM (SELECT * FROM facts WHERE advance_us IS NOT NULL) AS f
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
    FROM summed
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
