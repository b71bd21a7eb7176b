-- One row per accepted event after as_of: it belongs to a customer, but to no session, journey or stage.
SELECT e.rid, coalesce(s.ck, c.ck)::INTEGER AS ck
FROM accepted_events AS e
JOIN identifier_customers AS c ON c.kind = e.ident_kind AND c.identifier = e.ident
LEFT JOIN shared_sightings AS s ON s.rid = e.rid
WHERE e.occurred_at > (SELECT as_of FROM run_clock)
