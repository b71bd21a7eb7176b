-- by: customer
-- materialized: view
-- One row per customer: the public id, and how many events of others stand before the customer's in `ordered_events`; null for who
-- has events after as_of only.
SELECT n.ck, n.customer_id, t.events_before
FROM customer_numbers AS n
LEFT JOIN customer_totals AS t USING (ck)
