-- Every session's event count is the number of events that bear it.
SELECT e.session_id, e.n, s.event_count
FROM (SELECT session_id, count(*) AS n FROM events WHERE session_id IS NOT NULL GROUP BY session_id) AS e
FULL JOIN sessions AS s USING (session_id)
WHERE e.n IS DISTINCT FROM s.event_count
