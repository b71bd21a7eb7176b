-- materialized: view
-- Every good event with who acted as our rules for machine activity judge it.
SELECT e.* REPLACE (CASE WHEN m.rid IS NULL THEN e.actor ELSE 'machine' END AS actor)
FROM good_events AS e
LEFT JOIN machine_events AS m ON m.rid = e.rid
