-- Every event of a session, session by session, in order: what walks inside sessions look at. Sessions of one customer may
-- interleave (web beside app), so they are put in order first.
SELECT session_no AS part, ck, t, code
FROM event_places
WHERE session_no IS NOT NULL
ORDER BY session_no, pos
