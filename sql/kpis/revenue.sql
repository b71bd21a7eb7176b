-- Revenue: the values of the conversion events in the period, as logged.
SELECT
    p.period,
    coalesce(sum(c.value), 0)::DOUBLE AS value,
    coalesce(sum(c.value), 0)::DOUBLE AS numerator,
    NULL::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_periods AS p
LEFT JOIN conversions AS c ON c.t >= p.from_t AND c.t < p.to_t
GROUP BY p.period
