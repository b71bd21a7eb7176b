-- materialized: view
-- Every good event with who acted as its source says: no rule found a machine.
SELECT *
FROM good_events
