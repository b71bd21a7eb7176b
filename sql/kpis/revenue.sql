-- Revenue: the values of the conversion events in the period, as logged.
SELECT
    value_no,
    period,
    revenue AS value,
    revenue AS numerator,
    NULL::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n,
    valued_orders AS behind
FROM kpi_orders
