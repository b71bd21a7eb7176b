-- Average order value: revenue over the conversion events that carry a value.
SELECT
    p.period,
    avg(c.value)::DOUBLE AS value,
    coalesce(sum(c.value), 0)::DOUBLE AS numerator,
    count(c.value)::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_periods AS p
LEFT JOIN conversions AS c ON c.t >= p.from_t AND c.t < p.to_t
GROUP BY p.period
