-- One row per pair of identifiers in a component that holds two values of a unique kind: when the pair was first seen, in
-- the total order of rows. Only there does the order of links decide anything, so only there is it worked out.
WITH rows_with_pairs AS (
    SELECT
        ordered_at, source_no, sequence, event_id,
        list_concat([{'kind': ident_kind, 'value': ident}], other_idents) AS idents
    FROM staged_rows AS e
    ANTI JOIN duplicate_events AS d ON d.rid = e.rid
    WHERE reason IS NULL
      AND (ignored IS NULL OR ignored = 'links only')
      AND other_idents IS NOT NULL
      AND (occurred_at IS NULL OR occurred_at <= getvariable('latest_allowed'))
      -- a row's strongest identifier stands for all its links, but for a kiosk, which links nobody
      AND (
          EXISTS (SELECT 1 FROM conflict_identifiers AS c WHERE c.kind = e.ident_kind AND c.identifier = e.ident)
          OR (identifier_strength(e.ident_kind) = 3 AND len(e.other_idents) > 1)
      )
),

lefts AS (
    SELECT ordered_at, source_no, sequence, event_id, idents, unnest(idents) AS a
    FROM rows_with_pairs
),

pairs AS (
    SELECT ordered_at, source_no, sequence, event_id, a, unnest(idents) AS b
    FROM lefts
),

ranked AS (
    SELECT
        l.ident_no AS left_no,
        r.ident_no AS right_no,
        l.strength AS left_strength, l.kind AS left_kind, l.identifier AS left_identifier,
        r.strength AS right_strength, r.kind AS right_kind, r.identifier AS right_identifier,
        p.ordered_at, p.source_no, p.sequence, p.event_id,
        row_number() OVER (
            PARTITION BY l.ident_no, r.ident_no
            ORDER BY p.ordered_at NULLS FIRST, p.source_no, p.sequence NULLS FIRST, p.event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS sighting
    FROM pairs AS p
    JOIN identifier_totals AS l ON l.kind = p.a.kind AND l.identifier = p.a.value
    JOIN identifier_totals AS r ON r.kind = p.b.kind AND r.identifier = p.b.value
    WHERE (l.strength, l.kind, l.identifier) < (r.strength, r.kind, r.identifier)
)

SELECT
    left_no,
    right_no,
    row_number() OVER (
        ORDER BY ordered_at NULLS FIRST, source_no, sequence NULLS FIRST, event_id,
            left_strength, left_kind, left_identifier, right_strength, right_kind, right_identifier
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS place
FROM ranked
WHERE sighting = 1
