-- Average order value: revenue over the conversion events that carry a value.
SELECT
    value_no,
    period,
    revenue / nullif(valued_orders, 0) AS value,
    revenue AS numerator,
    valued_orders AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_orders
