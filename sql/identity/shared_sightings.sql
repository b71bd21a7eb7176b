-- One row per event that has only a weak identifier which several people use: the customer it belongs to.
-- That is the person last seen on the identifier before it in the total order, else the person first seen after.
-- Only rows that bear a shared identifier take part, so the window sorts few rows.
-- Customers that the configuration excludes take part: what they did there is theirs, and nobody else's.
WITH shared AS (
    SELECT kind, identifier
    FROM identifier_customers
    WHERE is_shared
),

rows_seen AS (
    SELECT rid, ident_kind, ident, other_idents, ordered_at, source_no, sequence, event_id
    FROM good_events AS e
    ANTI JOIN duplicate_events AS d ON d.rid = e.rid
),

bare AS (
    SELECT e.rid, e.ident_kind AS kind, e.ident AS identifier, NULL::INTEGER AS seen_ck,
        e.ordered_at, e.source_no, e.sequence, e.event_id
    FROM rows_seen AS e
    JOIN shared AS s ON s.kind = e.ident_kind AND s.identifier = e.ident
),

others AS (
    SELECT rid, ident_kind, ident, unnest(other_idents) AS other, ordered_at, source_no, sequence, event_id
    FROM rows_seen
    WHERE other_idents IS NOT NULL
),

seen AS (
    SELECT NULL::BIGINT AS rid, s.kind, s.identifier, c.ck AS seen_ck, o.ordered_at, o.source_no, o.sequence, o.event_id
    FROM others AS o
    JOIN shared AS s ON s.kind = o.other.kind AND s.identifier = o.other.value
    JOIN identifier_customers AS c ON c.kind = o.ident_kind AND c.identifier = o.ident AND NOT c.is_shared
    WHERE c.strength < 3
),

-- `turn` counts the people seen so far. Asking a window for the last value that is not null would walk over all rows
-- between, again for every row.
placed AS (
    SELECT
        rid, kind, identifier, seen_ck,
        count(seen_ck) OVER (
            PARTITION BY kind, identifier ORDER BY ordered_at, source_no, sequence NULLS FIRST, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS turn
    FROM (SELECT * FROM bare UNION ALL SELECT * FROM seen)
)

SELECT b.rid, s.seen_ck AS ck
FROM placed AS b
JOIN placed AS s ON s.kind = b.kind AND s.identifier = b.identifier AND s.turn = greatest(b.turn, 1)
WHERE b.rid IS NOT NULL
  AND s.seen_ck IS NOT NULL
