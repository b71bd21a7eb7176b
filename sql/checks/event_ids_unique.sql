-- An event id is unique within its source.
SELECT source, event_id, count(*) AS n
FROM events
GROUP BY source, event_id
HAVING count(*) > 1
