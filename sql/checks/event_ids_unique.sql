-- An event id is unique within its source. Only ids whose 8-byte hash occurs twice are compared: the others are unique by that,
-- and grouping ten million texts at every run costs more than most models. That no join doubles an event is `events_add_up`.
SELECT e.source_no, coalesce(n.event_id, e.event_id) AS event_id, count(*) AS n
FROM candidate_events AS e
LEFT JOIN numbered_ids AS n USING (rid)
WHERE e.rid NOT IN (SELECT d.rid FROM duplicate_events AS d)
GROUP BY ALL
HAVING count(*) > 1
