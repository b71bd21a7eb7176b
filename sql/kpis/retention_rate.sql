-- Retention rate: of the customers whose first conversion lies in the period, at least the horizon before as_of, the share that
-- did something more than 30 days after it and within the horizon.
SELECT
    value_no,
    period,
    came_back / nullif(buyers, 0) AS value,
    came_back AS numerator,
    buyers AS denominator,
    buyers AS effective_n
FROM kpi_buyers
