-- One row per KPI and period (calendar months; the last 28 days and the 28 before), with what stands above and below the line
-- and, for shares, the 95 % Wilson interval. A new KPI is a new file in sql/kpis.
SELECT
    k.kpi,
    k.period,
    make_timestamp(p.from_t) AS from_at,
    make_timestamp(p.to_t) AS to_at,
    k.value,
    k.numerator,
    k.denominator,
    wilson_low(k.value, k.effective_n) AS low,
    wilson_high(k.value, k.effective_n) AS high,
    coalesce(k.denominator, k.numerator) < getvariable('minimum') AS is_small
FROM kpi_counts AS k
JOIN kpi_periods AS p USING (period)
ORDER BY k.kpi, p.period
