-- rows: many
-- One row per identifier: the customer it belongs to. A weak identifier that too many people use (a kiosk) belongs to none,
-- nor does one of a customer that the configuration excludes.
SELECT
    t.kind,
    t.identifier,
    CASE WHEN NOT i.is_kiosk AND x.ck IS NULL THEN c.customer_id END AS customer_id,
    t.first_seen_at,
    t.last_seen_at,
    t.event_count,
    i.is_shared
FROM identifier_totals AS t
JOIN identifier_customers AS i USING (ident_no)
JOIN customer_numbers AS c USING (ck)
LEFT JOIN (SELECT DISTINCT ck FROM excluded_identifiers) AS x USING (ck)
