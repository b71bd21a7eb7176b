-- materialized: view
-- Every accepted event: good, not a duplicate, not of an excluded customer. What all counts start from.
SELECT *
FROM acted_events AS e
WHERE NOT EXISTS (SELECT 1 FROM duplicate_events AS d WHERE d.rid = e.rid)
  AND NOT EXISTS (SELECT 1 FROM excluded_events AS x WHERE x.rid = e.rid)
