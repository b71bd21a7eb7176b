-- One row per thing that volumes count: what, of whom, in which journey (null outside of any), in which week before as_of (0 is the
-- newest), how much, and how many whole weeks are known in which every source was observed; at most 64, so that a whole year of steps
-- from four weeks to the next lies before the last one. A journey counts where its start was observed.
WITH known AS (
    SELECT max(epoch_us(p.first_event_at)) AS since_t, any_value(c.as_of_us) AS as_of_us
    FROM source_periods AS p
    CROSS JOIN run_clock AS c
),

happened AS (
    SELECT
        'journeys_begun' AS measure, j.ck, j.journey_no, j.started_t AS t, 1.0 AS amount,
        k.since_t + getvariable('journey_timeout') AS since_t, k.as_of_us
    FROM journey_ends AS j
    CROSS JOIN known AS k
    WHERE j.start_observed
    UNION ALL
    SELECT 'orders', v.ck, v.journey_no, v.t, 1.0, k.since_t, k.as_of_us
    FROM conversions AS v
    CROSS JOIN known AS k
    UNION ALL
    SELECT 'new_customers', v.ck, v.journey_no, v.t, 1.0, k.since_t, k.as_of_us
    FROM conversions AS v
    CROSS JOIN known AS k
    WHERE v.conversion_number = 1
    UNION ALL
    SELECT 'revenue', v.ck, v.journey_no, v.t, v.value, k.since_t, k.as_of_us
    FROM conversions AS v
    CROSS JOIN known AS k
    WHERE v.value IS NOT NULL
),

placed AS (
    SELECT
        measure, ck, journey_no, ((as_of_us - t) // 604800000000)::INTEGER AS week, amount,
        least(64, (as_of_us - since_t) // 604800000000)::INTEGER AS weeks
    FROM happened
)

SELECT measure, ck, journey_no, week, weeks, amount
FROM placed
WHERE week >= 0
  AND week < weeks
