-- A customer_id is unique.
SELECT customer_id, count(*) AS n
FROM customers
GROUP BY customer_id
HAVING count(*) > 1 OR customer_id IS NULL
