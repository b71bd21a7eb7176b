-- The events of all customers, journeys and sessions are those of the event table: none lost, none twice by a join.
WITH found AS (
    SELECT count(customer_id) AS of_customers, count(journey_id) AS of_journeys, count(session_id) AS of_sessions
    FROM events
)

SELECT f.*, c.n AS customers_count, j.n AS journeys_count, s.n AS sessions_count
FROM found AS f
CROSS JOIN (SELECT coalesce(sum(event_count), 0) AS n FROM customers) AS c
CROSS JOIN (SELECT coalesce(sum(event_count), 0) AS n FROM journeys) AS j
CROSS JOIN (SELECT coalesce(sum(event_count), 0) AS n FROM sessions) AS s
WHERE f.of_customers <> c.n OR f.of_journeys <> j.n OR f.of_sessions <> s.n
