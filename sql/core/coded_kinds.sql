-- materialized: view
-- The kinds of event with their codes: what an event row is looked up in.
SELECT k.*, c.code, c.rule_no
FROM event_kinds AS k
JOIN event_codes AS c USING (kind)
