-- One row per number that sums are told under and period of the KPIs, so that a period in which nothing happened has its row too.
SELECT v.value_no, p.period, p.from_t, p.to_t, p.settled_from_t, p.settled_to_t
FROM (SELECT DISTINCT n.value_no FROM summed_names AS n) AS v
CROSS JOIN kpi_periods AS p
