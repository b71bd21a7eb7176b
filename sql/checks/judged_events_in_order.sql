-- Judged events are the ordered events, row by row.
SELECT o.rid, j.rid AS judged_rid
FROM ordered_events AS o
POSITIONAL JOIN judged_events AS j
WHERE o.rid IS DISTINCT FROM j.rid
