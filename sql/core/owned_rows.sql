-- materialized: view
-- Every accepted event with its customer, and whether it is after as_of. What one did on an identifier that several people share is theirs.
SELECT e.*, coalesce(s.ck, c.ck)::INTEGER AS ck, e.occurred_at > (SELECT as_of FROM run_clock) AS is_later
FROM accepted_events AS e
JOIN identifier_customers AS c ON c.kind = e.ident_kind AND c.identifier = e.ident
LEFT JOIN shared_sightings AS s ON s.rid = e.rid
