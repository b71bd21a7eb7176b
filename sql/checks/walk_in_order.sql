-- The walk and the sessions have one row per ordered event, in its order: later models join them by position.
SELECT w.t, o.t AS ordered_t, s.session_no
FROM event_walk AS w
POSITIONAL JOIN ordered_events AS o
POSITIONAL JOIN event_sessions AS s
WHERE w.t IS DISTINCT FROM o.t OR (s.session_no IS NULL) IS DISTINCT FROM ((o.code >> 8) & 3 = 0)
