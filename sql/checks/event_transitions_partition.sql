-- Within a segment the values' moves add up to the whole, pair by pair; customers may be in several, so they are at least as many.
WITH sums AS (
    SELECT segment, grain, from_event, to_event, sum(transitions) AS transitions, sum(customers) AS customers, max(customers) AS largest
    FROM event_transitions
    GROUP BY ALL
)

SELECT s.*, w.transitions AS transitions_in_all, w.customers AS customers_in_all
FROM sums AS s
FULL JOIN (
    SELECT c.segment, a.grain, a.from_event, a.to_event, a.transitions, a.customers
    FROM event_transitions AS a
    CROSS JOIN (SELECT DISTINCT segment FROM event_transitions) AS c
    WHERE a.segment = 'all'
) AS w USING (segment, grain, from_event, to_event)
WHERE s.transitions IS DISTINCT FROM w.transitions OR s.customers < w.customers OR s.largest > w.customers
