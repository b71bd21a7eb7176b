-- One row per segment value and stage: who reached it, advanced, dropped or is still open, and the rate among mature
-- journeys with its Wilson interval.
-- Sums run per customer first: the same pass gives distinct customers and the design effect of several journeys per
-- customer (cluster-robust, at least 1). Rates count journeys that reached the stage at least the horizon before as_of.
WITH segmented AS (
    SELECT f.*, s.value_no
    FROM reach_facts AS f
    JOIN journey_segments AS s USING (journey_no)
    WHERE s.value_no NOT IN (SELECT v.value_no FROM segment_values AS v WHERE v.segment = 'cohort')
    UNION ALL
    SELECT f.*, v.value_no
    FROM reach_facts AS f
    JOIN segment_values AS v ON v.segment = 'cohort' AND v.segment_value = f.cohort
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
    FROM segmented
    GROUP BY value_no, stage_rank, ck
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
        count(*) AS customers,
        count(*) FILTER (n_c > 0) AS m,
        sum(n_c)::DOUBLE AS n,
        sum(mature_dropped * mature_dropped)::DOUBLE AS yy,
        sum(mature_dropped * n_c)::DOUBLE AS yn,
        sum(n_c * n_c)::DOUBLE AS nn
    FROM per_customer
    GROUP BY value_no, stage_rank
),

medians AS (
    SELECT value_no, stage_rank, quantile_cont(advance_us, 0.5) / 1e6 AS median_seconds_to_advance
    FROM segmented
    WHERE advance_us IS NOT NULL
    GROUP BY value_no, stage_rank
),

grid AS (
    SELECT v.value_no, v.segment, v.segment_value, s.stage, s.stage_rank, s.is_goal
    FROM segment_values AS v
    CROSS JOIN config_stages AS s
),

effects AS (
    SELECT
        *,
        mature_dropped / nullif(n, 0) AS p,
        CASE
            WHEN m < 2 OR mature_dropped = 0 OR mature_dropped = n THEN 1
            ELSE greatest(1, (m / (m - 1)) * (yy - 2 * (mature_dropped / n) * yn + (mature_dropped / n) ** 2 * nn) / n ** 2
                / ((mature_dropped / n) * (1 - mature_dropped / n) / n))
        END AS design_effect
    FROM summed
),

rated AS (
    SELECT
        *,
        n / nullif(design_effect, 0) AS effective_n,
        1.959964 AS z
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
    CASE WHEN NOT g.is_goal AND r.p IS NOT NULL THEN least(r.p, greatest(0, (
        r.p + r.z ** 2 / (2 * r.effective_n) - r.z * sqrt(r.p * (1 - r.p) / r.effective_n + r.z ** 2 / (4 * r.effective_n ** 2))
    ) / (1 + r.z ** 2 / r.effective_n))) END AS rate_low,
    CASE WHEN NOT g.is_goal AND r.p IS NOT NULL THEN greatest(r.p, least(1, (
        r.p + r.z ** 2 / (2 * r.effective_n) + r.z * sqrt(r.p * (1 - r.p) / r.effective_n + r.z ** 2 / (4 * r.effective_n ** 2))
    ) / (1 + r.z ** 2 / r.effective_n))) END AS rate_high,
    CASE WHEN NOT g.is_goal THEN coalesce(r.mature_advanced + r.mature_dropped, 0) < getvariable('minimum') END AS is_small,
    coalesce(r.customers, 0) AS customers,
    d.median_seconds_to_advance
FROM grid AS g
LEFT JOIN rated AS r USING (value_no, stage_rank)
LEFT JOIN medians AS d USING (value_no, stage_rank)
ORDER BY g.segment, g.segment_value, g.stage_rank
