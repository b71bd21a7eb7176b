-- Every map has for every stage its description, goal and emotion, and there is one of the whole; shares lie within 0 and 1 and their
-- interval; ranks are those of large groups only; no cell is told twice; no value has more customers than the whole.
SELECT m.segment, m.segment_value, s.stage AS stage, l.lane, 'missing' AS what
FROM (
    SELECT DISTINCT segment, segment_value FROM journey_map
    UNION
    SELECT 'all', 'all'
) AS m
CROSS JOIN config_stages AS s
CROSS JOIN (SELECT unnest(['description', 'goal', 'emotion']) AS lane) AS l
LEFT JOIN (SELECT DISTINCT segment, segment_value, stage, lane FROM journey_map) AS f USING (segment, segment_value, stage, lane)
WHERE f.lane IS NULL

UNION ALL

SELECT segment, segment_value, stage, lane, concat('no share: ', item) AS what
FROM journey_map
WHERE metric IN ('share_of_visits', 'share_of_touches', 'brings_in', 'takes_on', 'last_before_drop_off', 'page_advance', 'advance_rate')
  AND NOT coalesce(value BETWEEN 0 AND 1 AND value BETWEEN coalesce(low, 0) - 1e-9 AND coalesce(high, 1) + 1e-9, true)

UNION ALL

SELECT segment, segment_value, stage, lane, concat('ranked though small: ', item) AS what
FROM journey_map
WHERE is_small AND rank IS NOT NULL

UNION ALL

SELECT segment, segment_value, stage, lane, concat('twice: ', item) AS what
FROM journey_map
GROUP BY segment, segment_value, stage, lane, item, metric
HAVING count(*) > 1

UNION ALL

SELECT m.segment, m.segment_value, m.stage, m.lane, concat('more than the whole: ', m.item) AS what
FROM journey_map AS m
JOIN journey_map AS w
    ON w.segment = 'all' AND w.stage = m.stage AND w.lane = m.lane AND w.item = m.item AND w.metric = m.metric
WHERE m.customers > w.customers
