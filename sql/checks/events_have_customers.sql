-- Every event belongs to a customer, and every customer's event count is the number of their events.
SELECT e.customer_id, e.n, c.event_count
FROM (SELECT customer_id, count(*) AS n FROM events GROUP BY customer_id) AS e
FULL JOIN customers AS c USING (customer_id)
WHERE e.n IS DISTINCT FROM c.event_count
