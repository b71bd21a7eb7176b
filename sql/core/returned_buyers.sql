-- by: customer
-- One row per customer who did something more than 30 days after the first conversion and within the horizon of it. Whether the
-- horizon is over is asked where buyers are counted (`kpi_buyers`).
SELECT DISTINCT e.ck
FROM (SELECT o.ck, o.t FROM event_walk AS w POSITIONAL JOIN ordered_events AS o WHERE w.engaged) AS e
JOIN (SELECT ck, t FROM conversions WHERE conversion_number = 1) AS b ON b.ck = e.ck
WHERE e.t - b.t > 2592000000000
  AND e.t - b.t <= getvariable('horizon')
