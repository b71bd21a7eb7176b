-- New customers: those whose first conversion lies in the period.
SELECT
    value_no,
    period,
    new_customers AS value,
    new_customers AS numerator,
    NULL::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_orders
