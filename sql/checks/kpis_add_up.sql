-- Every KPI has one row per segment value and period; shares lie within 0 and 1 and their interval; the months of what is counted add
-- up to all conversions; and within a segment what is counted adds up to the whole, period by period (above and below the line: every
-- conversion, journey and customer counts under one value).
SELECT kpi, segment, 'a period is missing or twice' AS what
FROM kpis
GROUP BY kpi, segment, segment_value
HAVING count(*) <> (SELECT count(*) FROM kpi_periods AS p) OR count(DISTINCT period) <> count(*)

UNION ALL

SELECT kpi, segment, 'no share' AS what
FROM kpis
WHERE kpi LIKE '%\_rate' ESCAPE '\'
  AND NOT coalesce(value BETWEEN low AND high AND low >= 0 AND high <= 1 AND numerator <= denominator, value IS NULL AND denominator = 0)

UNION ALL

SELECT m.kpi, m.segment, 'months do not add up' AS what
FROM (
    SELECT kpi, segment, sum(value) AS total
    FROM kpis
    WHERE kpi IN ('orders', 'new_customers') AND NOT contains(period, 'days')
    GROUP BY kpi, segment
) AS m
CROSS JOIN (SELECT count(*) AS orders, count(DISTINCT ck) AS buyers FROM conversions) AS c
WHERE m.total <> CASE m.kpi WHEN 'orders' THEN c.orders ELSE c.buyers END

UNION ALL

SELECT s.kpi, s.segment, 'segments do not add up' AS what
FROM (
    SELECT kpi, segment, period, sum(numerator) AS numerator, sum(denominator) AS denominator
    FROM kpis
    GROUP BY kpi, segment, period
) AS s
JOIN kpis AS w ON w.segment = 'all' AND w.kpi = s.kpi AND w.period = s.period
WHERE abs(s.numerator - w.numerator) > 1e-6 * (1 + abs(w.numerator)) OR s.denominator <> w.denominator
