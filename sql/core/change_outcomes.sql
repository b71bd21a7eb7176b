-- One row per journey (order, for order_value) whose outcome is held against those of the 28 days before: what is judged, where, of whom,
-- in which week before the last moment at which all of it is known (0 is the newest), and the outcome.
-- advanced: going on within 14 days of coming to the stage, so both spans end 14 days before as_of. dropped, converted, completed: of
-- decided journeys, a horizon before as_of; what is open there counts in neither span.
WITH judged AS (
    SELECT
        'advanced' AS measure, f.stage_rank, f.ck, f.journey_no, c.as_of_us - 1209600000000 - f.reached_t AS age,
        (f.is_advanced AND f.progress_day < 14)::INTEGER::DOUBLE AS outcome
    FROM reach_facts AS f
    CROSS JOIN run_clock AS c
    WHERE f.progress_day IS NOT NULL
    UNION ALL
    SELECT 'dropped', f.stage_rank, f.ck, f.journey_no, c.as_of_us - getvariable('horizon') - f.reached_t, f.is_dropped::INTEGER::DOUBLE
    FROM reach_facts AS f
    CROSS JOIN run_clock AS c
    WHERE NOT f.is_open
    UNION ALL
    SELECT
        'converted', NULL, j.ck, j.journey_no, c.as_of_us - getvariable('horizon') - j.started_t,
        (v.journey_no IS NOT NULL)::INTEGER::DOUBLE
    FROM journey_ends AS j
    CROSS JOIN run_clock AS c
    LEFT JOIN (SELECT DISTINCT journey_no FROM conversions) AS v ON v.journey_no = j.journey_no
    WHERE j.outcome <> 'open' OR v.journey_no IS NOT NULL
    UNION ALL
    SELECT
        'completed', NULL, j.ck, j.journey_no, c.as_of_us - getvariable('horizon') - j.started_t,
        (j.outcome = 'completed')::INTEGER::DOUBLE
    FROM journey_ends AS j
    CROSS JOIN run_clock AS c
    WHERE j.outcome <> 'open'
    UNION ALL
    SELECT 'order_value', NULL, v.ck, v.journey_no, c.as_of_us - v.t, v.value
    FROM conversions AS v
    CROSS JOIN run_clock AS c
    WHERE v.value IS NOT NULL
)

SELECT j.measure, j.stage_rank, j.ck, j.journey_no, (j.age // 604800000000)::INTEGER AS week, j.outcome
FROM judged AS j
LEFT JOIN config_stages AS s USING (stage_rank)
WHERE j.age >= 0
  AND j.age < 16 * 604800000000
  AND NOT coalesce(s.is_goal, false)
