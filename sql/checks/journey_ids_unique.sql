-- A journey_id is unique.
SELECT journey_id, count(*) AS n
FROM journeys
GROUP BY journey_id
HAVING count(*) > 1 OR journey_id IS NULL
