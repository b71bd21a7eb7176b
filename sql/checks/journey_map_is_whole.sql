-- Every stage has its description, goal and emotion; shares lie within 0 and 1 and their interval; ranks are those of large
-- groups only; no cell is told twice.
SELECT s.stage AS stage, l.lane, 'missing' AS what
FROM config_stages AS s
CROSS JOIN (SELECT unnest(['description', 'goal', 'emotion']) AS lane) AS l
WHERE NOT EXISTS (SELECT 1 FROM journey_map AS m WHERE m.stage = s.stage AND m.lane = l.lane)

UNION ALL

SELECT stage, lane, concat('no share: ', item) AS what
FROM journey_map
WHERE metric IN ('share_of_visits', 'share_of_touches', 'brings_in', 'takes_on', 'last_before_drop_off', 'page_advance', 'advance_rate')
  AND NOT coalesce(value BETWEEN 0 AND 1 AND value BETWEEN coalesce(low, 0) - 1e-9 AND coalesce(high, 1) + 1e-9, true)

UNION ALL

SELECT stage, lane, concat('ranked though small: ', item) AS what
FROM journey_map
WHERE is_small AND rank IS NOT NULL

UNION ALL

SELECT stage, lane, concat('twice: ', item) AS what
FROM journey_map
GROUP BY stage, lane, item, metric
HAVING count(*) > 1
