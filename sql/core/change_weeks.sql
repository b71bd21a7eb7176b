-- One row per measure, stage, segment value and week before the last moment judged (0 is the newest): how many, and the sum of what
-- happened. Of outcomes 16 weeks, to tell since when; of volumes up to 60, to tell how much they usually move from four weeks to the
-- next. Volumes count whole weeks in which every source was observed; a journey counts where its start was.
WITH known AS (
    SELECT max(epoch_us(p.first_event_at)) AS since_t, any_value(c.as_of_us) AS as_of_us
    FROM source_periods AS p
    CROSS JOIN run_clock AS c
),

happened AS (
    SELECT 'journeys_begun' AS measure, j.journey_no, j.started_t AS t, 1.0 AS amount, k.since_t + getvariable('journey_timeout') AS since_t, k.as_of_us
    FROM journey_ends AS j
    CROSS JOIN known AS k
    WHERE j.start_observed
    UNION ALL
    SELECT 'orders', v.journey_no, v.t, 1.0, k.since_t, k.as_of_us
    FROM conversions AS v
    CROSS JOIN known AS k
    UNION ALL
    SELECT 'new_customers', v.journey_no, v.t, 1.0, k.since_t, k.as_of_us
    FROM conversions AS v
    CROSS JOIN known AS k
    WHERE v.conversion_number = 1
    UNION ALL
    SELECT 'revenue', v.journey_no, v.t, v.value, k.since_t, k.as_of_us
    FROM conversions AS v
    CROSS JOIN known AS k
    WHERE v.value IS NOT NULL
),

counted AS (
    SELECT
        measure, NULL::INTEGER AS stage_rank, journey_no, ((as_of_us - t) // 604800000000)::INTEGER AS week, amount,
        least(60, (as_of_us - since_t) // 604800000000)::INTEGER AS weeks
    FROM happened
    UNION ALL
    SELECT measure, stage_rank, journey_no, week, outcome, 16 AS weeks
    FROM change_outcomes
),

by_combination AS (
    SELECT c.measure, c.stage_rank, t.combination, c.week, c.weeks, count(*) AS n, sum(c.amount) AS amount
    FROM counted AS c
    JOIN journey_traits AS t USING (journey_no)
    WHERE c.week >= 0
      AND c.week < c.weeks
    GROUP BY c.measure, c.stage_rank, t.combination, c.week, c.weeks
),

-- what happened outside of journeys belongs to the whole alone
outside AS (
    SELECT measure, stage_rank, week, weeks, count(*) AS n, sum(amount) AS amount
    FROM counted
    WHERE journey_no IS NULL
      AND week >= 0
      AND week < weeks
    GROUP BY measure, stage_rank, week, weeks
),

by_value AS (
    SELECT b.measure, b.stage_rank, c.value_no, b.week, b.weeks, b.n, b.amount
    FROM by_combination AS b
    JOIN combination_values AS c ON c.combination = b.combination AND NOT c.is_cohort
    UNION ALL
    SELECT o.measure, o.stage_rank, v.value_no, o.week, o.weeks, o.n, o.amount
    FROM outside AS o
    JOIN segment_values AS v ON v.segment = 'all'
)

SELECT
    b.measure, b.stage_rank, v.segment, v.segment_value, b.week, b.weeks, sum(b.n)::BIGINT AS n, sum(b.amount)::DOUBLE AS amount
FROM by_value AS b
JOIN segment_values AS v USING (value_no)
JOIN config_segments AS s ON s.segment = v.segment AND NOT s.known_afterwards AND s.segment <> 'journey'
GROUP BY b.measure, b.stage_rank, v.segment, v.segment_value, b.week, b.weeks
ORDER BY b.measure, b.stage_rank, v.segment, v.segment_value, b.week
