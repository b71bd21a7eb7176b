-- materialized: view
-- Every accepted event: good, not a duplicate, not of an excluded customer. What all counts start from.
-- Anti joins as such: two NOT EXISTS, one in the other, are planned with a grouping of every row (five times the cost).
SELECT e.*
FROM acted_events AS e
ANTI JOIN duplicate_events AS d ON d.rid = e.rid
ANTI JOIN excluded_events AS x ON x.rid = e.rid
