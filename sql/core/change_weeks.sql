-- One row per measure, stage, segment value and week before the last moment judged (0 is the newest): how many, and the sum of what
-- happened. Of outcomes and times 16 weeks, to tell since when; of volumes as many as are known, to tell how much they usually move from
-- four weeks to the next.
WITH counted AS (
    SELECT measure, NULL::INTEGER AS stage_rank, journey_no, week, weeks, amount
    FROM change_volumes
    UNION ALL
    SELECT measure, stage_rank, journey_no, week, 16 AS weeks, outcome
    FROM change_outcomes
    UNION ALL
    SELECT
        'median_seconds_to_convert', NULL, x.journey_no, ((c.as_of_us - x.t) // 604800000000)::INTEGER AS week, 16 AS weeks,
        x.waited / 1e6
    FROM conversion_times AS x
    CROSS JOIN run_clock AS c
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
