-- One row per pair of identifiers that stood together on a row: the evidence that they are one person.
-- `left` is the stronger one (unique, contact, weak; then kind, value), so a pair has one direction.
WITH rows_with_pairs AS (
    SELECT
        source,
        source_no,
        ordered_at,
        occurred_at,
        list_concat([{'kind': ident_kind, 'value': ident}], other_idents) AS idents
    FROM staged_rows AS e
    ANTI JOIN duplicate_events AS d ON d.rid = e.rid
    WHERE reason IS NULL
      AND (ignored IS NULL OR ignored = 'links only')
      AND other_idents IS NOT NULL
      AND (occurred_at IS NULL OR occurred_at <= getvariable('latest_allowed'))
),

lefts AS (
    SELECT source, source_no, ordered_at, occurred_at, idents, unnest(idents) AS a
    FROM rows_with_pairs
),

pairs AS (
    SELECT source, source_no, ordered_at, occurred_at, a, unnest(idents) AS b
    FROM lefts
),

directed AS (
    SELECT source, source_no, ordered_at, occurred_at, a, b
    FROM pairs
    WHERE (identifier_strength(a.kind), a.kind, a.value) < (identifier_strength(b.kind), b.kind, b.value)
)

SELECT
    l.ident_no AS left_no,
    r.ident_no AS right_no,
    arg_min(d.source, d.source_no) AS source,
    count(*) AS times_seen,
    bool_or(d.ordered_at IS NULL) AS is_standing,
    min(d.ordered_at) AS ordered_at,
    min(d.occurred_at) AS first_seen_at,
    max(d.occurred_at) AS last_seen_at
FROM directed AS d
JOIN identifier_totals AS l ON l.kind = d.a.kind AND l.identifier = d.a.value
JOIN identifier_totals AS r ON r.kind = d.b.kind AND r.identifier = d.b.value
GROUP BY l.ident_no, r.ident_no
