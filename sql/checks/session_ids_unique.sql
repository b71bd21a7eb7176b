-- A session_id is unique.
SELECT session_id, count(*) AS n
FROM sessions
GROUP BY session_id
HAVING count(*) > 1 OR session_id IS NULL
