-- Within every funnel the segments partition the customers; nobody reaches a step who did not enter, and who ends at a step has reached it.
WITH sums AS (
    SELECT funnel, segment, step, sum(customers) AS customers, sum(dropped) AS dropped, sum(open) AS open
    FROM funnel_steps
    GROUP BY ALL
)

SELECT s.funnel, s.segment, s.step, s.customers, w.customers AS customers_in_all
FROM sums AS s
JOIN sums AS w ON w.funnel = s.funnel AND w.segment = 'all' AND w.step = s.step
JOIN sums AS f ON f.funnel = s.funnel AND f.segment = s.segment AND f.step = 1
WHERE s.customers <> w.customers OR s.dropped <> w.dropped OR s.open <> w.open
   OR s.customers > f.customers OR s.dropped + s.open > s.customers
