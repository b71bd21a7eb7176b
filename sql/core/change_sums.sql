-- One row per measure, stage and segment value: the outcomes of the last 28 days and of the 28 before as sums over customers. With
-- those of squares and products they give the variance of either, and what the customers that stand in both spans have in common.
-- y: sum of outcomes, n: how many, of each customer; the first letters are of the last span, those with 0 of the one before.
-- Of volumes the outcome is the amount. Of times to convert it is whether one is above the median of both spans together (half where it
-- is just that), so that medians are tested as shares. squares: of single outcomes.
WITH happened AS (
    SELECT measure, stage_rank, ck, journey_no, week, outcome
    FROM change_outcomes
    UNION ALL
    SELECT measure, NULL, ck, journey_no, week, amount
    FROM change_volumes
    UNION ALL
    SELECT 'median_seconds_to_convert', NULL, x.ck, x.journey_no, ((c.as_of_us - x.t) // 604800000000)::INTEGER, x.waited / 1e6
    FROM conversion_times AS x
    CROSS JOIN run_clock AS c
    WHERE x.t <= c.as_of_us
),

placed AS (
    SELECT h.measure, h.stage_rank, v.value_no, h.ck, h.week < 4 AS is_now, h.outcome
    FROM (SELECT * FROM happened WHERE week < 8) AS h
    JOIN journey_traits AS t USING (journey_no)
    JOIN combination_values AS v USING (combination)
    WHERE NOT v.is_cohort
    UNION ALL
    -- what happened outside of journeys belongs to the whole alone
    SELECT h.measure, h.stage_rank, v.value_no, h.ck, h.week < 4, h.outcome
    FROM happened AS h
    JOIN segment_values AS v ON v.segment = 'all'
    WHERE h.week < 8
      AND h.journey_no IS NULL
),

middles AS (
    SELECT measure, value_no, median(outcome) AS middle
    FROM placed
    WHERE measure = 'median_seconds_to_convert'
    GROUP BY measure, value_no
),

valued AS (
    SELECT
        p.measure, p.stage_rank, p.value_no, p.ck, p.is_now,
        CASE WHEN m.middle IS NULL THEN p.outcome WHEN p.outcome = m.middle THEN 0.5 ELSE (p.outcome > m.middle)::INTEGER END AS outcome
    FROM placed AS p
    LEFT JOIN middles AS m ON m.measure = p.measure AND m.value_no = p.value_no
),

per_customer AS (
    SELECT
        measure, stage_rank, value_no, ck,
        count(*) FILTER (is_now)::DOUBLE AS n,
        coalesce(sum(outcome) FILTER (is_now), 0) AS y,
        count(*) FILTER (NOT is_now)::DOUBLE AS n0,
        coalesce(sum(outcome) FILTER (NOT is_now), 0) AS y0,
        sum(outcome * outcome) AS squares
    FROM valued
    GROUP BY measure, stage_rank, value_no, ck
)

SELECT
    p.measure, p.stage_rank, v.segment, v.segment_value,
    count(*) FILTER (n > 0) AS m, sum(n) AS n, sum(y) AS y, sum(y * y) AS yy, sum(y * n) AS yn, sum(n * n) AS nn,
    count(*) FILTER (n0 > 0) AS m0, sum(n0) AS n0, sum(y0) AS y0, sum(y0 * y0) AS yy0, sum(y0 * n0) AS yn0, sum(n0 * n0) AS nn0,
    sum(y * y0) AS both_yy, sum(y * n0) AS both_yn, sum(n * y0) AS both_ny, sum(n * n0) AS both_nn,
    sum(squares) AS squares
FROM per_customer AS p
JOIN segment_values AS v USING (value_no)
JOIN config_segments AS c ON c.segment = v.segment AND NOT c.known_afterwards AND c.segment <> 'journey'
GROUP BY p.measure, p.stage_rank, v.segment, v.segment_value
ORDER BY p.measure, p.stage_rank, v.segment, v.segment_value
