-- Repeat rate: of the customers whose first conversion lies in the period, at least the horizon before as_of, the share with a
-- second one within the horizon of the first.
SELECT
    value_no,
    period,
    ordered_again / nullif(buyers, 0) AS value,
    ordered_again AS numerator,
    buyers AS denominator,
    buyers AS effective_n
FROM kpi_buyers
