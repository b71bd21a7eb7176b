-- by: customer
-- One row per customer: how many accepted events, and a fingerprint of which they are and of what kinds. Where it is that of the run
-- before, nothing that is computed from the customer's events alone can have changed (`touched_customers`).
SELECT ck, count(*) AS events, bit_xor(row_print(rid, code)) AS print
FROM (
    SELECT ck, rid, code FROM sorted_events
    UNION ALL
    SELECT ck, rid, NULL FROM later_events
)
GROUP BY ck
