-- New customers: those whose first conversion lies in the period.
SELECT
    p.period,
    count(c.t)::DOUBLE AS value,
    count(c.t)::DOUBLE AS numerator,
    NULL::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_periods AS p
LEFT JOIN conversions AS c ON c.t >= p.from_t AND c.t < p.to_t AND c.conversion_number = 1
GROUP BY p.period
