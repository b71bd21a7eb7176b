-- The walk and the sessions have one row per ordered event, in its order: later models join them by position.
SELECT w.rid, o.rid AS ordered_rid, s.pos
FROM event_walk AS w
POSITIONAL JOIN ordered_events AS o
POSITIONAL JOIN event_sessions AS s
WHERE w.rid IS DISTINCT FROM o.rid OR w.pos IS DISTINCT FROM s.pos
