-- One row per measure, stage and segment value: the outcomes of the last 28 days and of the 28 before as sums over customers. With
-- those of squares and products they give the variance of either, and what the customers that stand in both spans have in common.
-- y: sum of outcomes, n: how many, of each customer; the first letters are of the last span, those with 0 of the one before.
WITH valued AS (
    SELECT o.measure, o.stage_rank, v.value_no, o.ck, o.week < 4 AS is_now, o.outcome
    FROM (SELECT * FROM change_outcomes WHERE week < 8) AS o
    JOIN journey_traits AS t USING (journey_no)
    JOIN combination_values AS v USING (combination)
    WHERE NOT v.is_cohort
),

per_customer AS (
    SELECT
        measure, stage_rank, value_no, ck,
        count(*) FILTER (is_now)::DOUBLE AS n,
        coalesce(sum(outcome) FILTER (is_now), 0) AS y,
        count(*) FILTER (NOT is_now)::DOUBLE AS n0,
        coalesce(sum(outcome) FILTER (NOT is_now), 0) AS y0
    FROM valued
    GROUP BY measure, stage_rank, value_no, ck
)

SELECT
    p.measure, p.stage_rank, v.segment, v.segment_value,
    count(*) FILTER (n > 0) AS m, sum(n) AS n, sum(y) AS y, sum(y * y) AS yy, sum(y * n) AS yn, sum(n * n) AS nn,
    count(*) FILTER (n0 > 0) AS m0, sum(n0) AS n0, sum(y0) AS y0, sum(y0 * y0) AS yy0, sum(y0 * n0) AS yn0, sum(n0 * n0) AS nn0,
    sum(y * y0) AS both_yy, sum(y * n0) AS both_yn, sum(n * y0) AS both_ny, sum(n * n0) AS both_nn
FROM per_customer AS p
JOIN segment_values AS v USING (value_no)
JOIN config_segments AS c ON c.segment = v.segment AND NOT c.known_afterwards AND c.segment <> 'journey'
GROUP BY p.measure, p.stage_rank, v.segment, v.segment_value
ORDER BY p.measure, p.stage_rank, v.segment, v.segment_value
