-- One row per number that sums are told under and period: the customers whose first conversion lies in it, at least the horizon before
-- as_of; of them those with a second within the horizon of the first, and those who did something more than 30 days after it and
-- within the horizon. A customer goes with the journey of the first conversion.
WITH buyers AS (
    SELECT b.ck, b.t, coalesce(j.combination, 0) AS combination
    FROM conversions AS b
    CROSS JOIN run_clock AS c
    LEFT JOIN journey_parties AS j ON j.journey_no = b.journey_no
    WHERE b.conversion_number = 1
      AND c.as_of_us - b.t >= getvariable('horizon')
),

ordered_again AS (
    SELECT b.ck
    FROM buyers AS b
    JOIN conversions AS s ON s.ck = b.ck AND s.conversion_number = 2
    WHERE s.t - b.t <= getvariable('horizon')
),

combined AS (
    SELECT p.period, b.combination, count(*) AS buyers, count(o.ck) AS ordered_again, count(k.ck) AS came_back
    FROM buyers AS b
    JOIN kpi_periods AS p ON b.t >= p.settled_from_t AND b.t < p.settled_to_t
    LEFT JOIN ordered_again AS o ON o.ck = b.ck
    LEFT JOIN returned_buyers AS k ON k.ck = b.ck
    GROUP BY ALL
),

summed AS (
    SELECT
        v.value_no,
        c.period,
        sum(c.buyers) AS buyers,
        sum(c.ordered_again) AS ordered_again,
        sum(c.came_back) AS came_back
    FROM combined AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, c.period
)

SELECT
    w.value_no,
    w.period,
    coalesce(s.buyers, 0)::DOUBLE AS buyers,
    coalesce(s.ordered_again, 0)::DOUBLE AS ordered_again,
    coalesce(s.came_back, 0)::DOUBLE AS came_back
FROM kpi_windows AS w
LEFT JOIN summed AS s ON s.value_no = w.value_no AND s.period = w.period
