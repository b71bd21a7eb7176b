-- Retention rate: of the customers whose first conversion lies in the period, at least the horizon before as_of, the share that
-- did something more than 30 days after it and within the horizon.
WITH buyers AS (
    SELECT b.ck, b.t
    FROM conversions AS b
    CROSS JOIN run_clock AS c
    WHERE b.conversion_number = 1
      AND c.as_of_us - b.t >= getvariable('horizon')
),

again AS (
    SELECT DISTINCT e.ck
    FROM (SELECT o.ck, o.t FROM event_walk AS w POSITIONAL JOIN ordered_events AS o WHERE w.engaged) AS e
    JOIN buyers AS b ON b.ck = e.ck
    WHERE e.t - b.t > 2592000000000
      AND e.t - b.t <= getvariable('horizon')
)

SELECT
    p.period,
    count(a.ck) / nullif(count(b.ck), 0) AS value,
    count(a.ck)::DOUBLE AS numerator,
    count(b.ck)::DOUBLE AS denominator,
    count(b.ck)::DOUBLE AS effective_n
FROM kpi_periods AS p
LEFT JOIN buyers AS b ON b.t >= p.settled_from_t AND b.t < p.settled_to_t
LEFT JOIN again AS a ON a.ck = b.ck
GROUP BY p.period
