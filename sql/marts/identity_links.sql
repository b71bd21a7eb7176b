-- rows: many
-- One row per pair of identifiers seen together: the evidence that they are one person, and why a link was refused.
SELECT
    l.kind AS left_kind,
    l.identifier AS left_identifier,
    r.kind AS right_kind,
    r.identifier AS right_identifier,
    p.source,
    p.times_seen,
    p.first_seen_at,
    p.last_seen_at,
    f.reason IS NULL AS accepted,
    f.reason
FROM identifier_pairs AS p
JOIN identifier_totals AS l ON l.ident_no = p.left_no
JOIN identifier_totals AS r ON r.ident_no = p.right_no
LEFT JOIN refused_pairs AS f USING (left_no, right_no)
