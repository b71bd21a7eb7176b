-- by: customer
-- One row per session that is no session of its own: events at exactly the maximum length after a run's first, where the
-- run ends there. Only a run longer than the maximum is cut, and whether it is longer is known only at its end.
SELECT session_no, session_no - 2 AS into_no
FROM event_sessions
WHERE session_no IN (SELECT s.session_no FROM event_sessions AS s WHERE s.is_at_limit)
GROUP BY session_no
HAVING bool_and(is_at_limit)
