-- materialized: view
-- One row per accepted event up to as_of in the total order: the sorted events as they are, where no customer has two
-- events at one microsecond.
SELECT ck, t, rid, code
FROM sorted_events
