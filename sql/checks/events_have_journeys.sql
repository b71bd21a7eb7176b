-- Every journey's event count is the number of events that bear it.
SELECT e.journey_id, e.n, j.event_count
FROM (SELECT journey_id, count(*) AS n FROM events WHERE journey_id IS NOT NULL GROUP BY journey_id) AS e
FULL JOIN journeys AS j USING (journey_id)
WHERE e.n IS DISTINCT FROM j.event_count
