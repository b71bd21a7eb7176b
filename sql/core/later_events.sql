-- by: customer
-- One row per accepted event after as_of: it belongs to a customer, but to no session, journey or stage.
SELECT rid, ck
FROM customer_rows
WHERE is_later
