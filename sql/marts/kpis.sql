-- One row per KPI, segment value and period (calendar months; the last 28 days and the 28 before), with what stands above and
-- below the line and, for shares, the 95 % Wilson interval. A value is that of the journey: of the counted journey, of the one in
-- which the conversion lies, of the one with the customer's first conversion; a cohort is the period in which it starts.
-- A new KPI is a new file in sql/kpis; `behind` there: how many stand behind it, where neither part of the fraction counts them.
SELECT
    v.segment,
    v.segment_value,
    k.kpi,
    k.period,
    make_timestamp(p.from_t) AS from_at,
    make_timestamp(p.to_t) AS to_at,
    k.value,
    k.numerator,
    k.denominator,
    wilson_low(k.value, k.effective_n) AS low,
    wilson_high(k.value, k.effective_n) AS high,
    coalesce(k.denominator, k.behind, k.numerator) < getvariable('minimum') AS is_small
FROM kpi_counts AS k
JOIN kpi_periods AS p USING (period)
JOIN summed_names AS v USING (value_no)
ORDER BY v.segment, v.segment_value, k.kpi, p.period
