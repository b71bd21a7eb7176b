-- by: customer
-- One row per customer: how many accepted events, and a fingerprint of which rows they are. A staged row never changes, so where the
-- print is that of the run before, nothing that is computed from the customer's rows alone can have changed (`touched_customers`).
SELECT ck, count(*) AS events, print_of(rid, is_later) AS print
FROM (
    SELECT ck, rid, false AS is_later FROM sorted_events
    UNION ALL
    SELECT ck, rid, true FROM later_events
)
GROUP BY ck
