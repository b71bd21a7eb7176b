-- Every event of a journey, journey by journey, in order: what walks inside journeys look at. A background event may belong to
-- the journey before one that began at the same moment, so events are put in order first.
SELECT journey_no AS part, ck, t, code
FROM event_places
WHERE journey_no IS NOT NULL
ORDER BY journey_no, pos
