-- by: customer
-- One row per customer who has a session or a conversion outside of every journey.
SELECT DISTINCT ck
FROM event_places
WHERE journey_no IS NULL
  AND (session_no IS NOT NULL OR (code >> 12) & 1 = 1)
