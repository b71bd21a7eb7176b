-- Every KPI has one row per period; shares lie within 0 and 1 and their interval; the months of what is counted add up to all
-- conversions.
SELECT kpi, 'a period is missing or twice' AS what
FROM kpis
GROUP BY kpi
HAVING count(*) <> (SELECT count(*) FROM kpi_periods AS p) OR count(DISTINCT period) <> count(*)

UNION ALL

SELECT kpi, 'no share' AS what
FROM kpis
WHERE kpi LIKE '%\_rate' ESCAPE '\'
  AND NOT coalesce(value BETWEEN low AND high AND low >= 0 AND high <= 1 AND numerator <= denominator, value IS NULL AND denominator = 0)

UNION ALL

SELECT m.kpi, 'months do not add up' AS what
FROM (SELECT kpi, sum(value) AS total FROM kpis WHERE kpi IN ('orders', 'new_customers') AND NOT contains(period, 'days') GROUP BY kpi) AS m
CROSS JOIN (SELECT count(*) AS orders, count(DISTINCT ck) AS buyers FROM conversions) AS c
WHERE m.total <> CASE m.kpi WHEN 'orders' THEN c.orders ELSE c.buyers END
