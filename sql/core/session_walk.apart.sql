-- materialized: view
-- Every event of a session, session by session, in order, where no two sessions interleave and none is joined to another: then
-- the order of events is that of the sessions too.
SELECT s.session_no AS part, e.ck, e.t, e.code
FROM ordered_events AS e
POSITIONAL JOIN event_sessions AS s
WHERE s.session_no IS NOT NULL
