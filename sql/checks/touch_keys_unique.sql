-- Every combination that decides a channel group has a key of its own: the events find their group by it.
SELECT touch_key, count(*) AS combinations
FROM touches
GROUP BY touch_key
HAVING count(*) > 1
