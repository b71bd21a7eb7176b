-- One row per identifier (kind, value): how strong it is, when it was seen, on how many accepted events.
-- Link rows (contacts, merges, identify calls) count as sightings, not as events; one without a time is a standing fact
-- and ordered before all dated ones.
WITH rows_with_identifiers AS NOT MATERIALIZED (
    SELECT ident_kind, ident, other_idents, ordered_at, occurred_at, ignored IS NULL AS is_event
    FROM staged_rows AS e
    ANTI JOIN duplicate_events AS d ON d.rid = e.rid
    WHERE reason IS NULL
      AND (ignored IS NULL OR ignored = 'links only')
      AND ident IS NOT NULL
      AND (occurred_at IS NULL OR occurred_at <= getvariable('latest_allowed'))
),

own AS (
    SELECT
        ident_kind AS kind,
        ident AS identifier,
        min(ordered_at) AS ordered_at,
        min(occurred_at) AS first_seen_at,
        max(occurred_at) AS last_seen_at,
        count(*) FILTER (is_event) AS event_count,
        bool_or(ordered_at IS NULL) AS is_standing
    FROM rows_with_identifiers
    GROUP BY ALL
),

also AS (
    SELECT
        other.kind,
        other.value AS identifier,
        min(ordered_at) AS ordered_at,
        min(occurred_at) AS first_seen_at,
        max(occurred_at) AS last_seen_at,
        count(*) FILTER (is_event) AS event_count,
        bool_or(ordered_at IS NULL) AS is_standing
    FROM (
        SELECT unnest(other_idents) AS other, ordered_at, occurred_at, is_event
        FROM rows_with_identifiers
        WHERE other_idents IS NOT NULL
    )
    GROUP BY ALL
),

totals AS (
    SELECT
        kind,
        identifier,
        CASE WHEN NOT bool_or(is_standing) THEN min(ordered_at) END AS ordered_at,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at,
        sum(event_count)::BIGINT AS event_count
    FROM (SELECT * FROM own UNION ALL SELECT * FROM also)
    GROUP BY ALL
)

SELECT
    row_number() OVER (ORDER BY t.kind, t.identifier ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - 1 AS ident_no,
    t.*,
    identifier_strength(t.kind) AS strength
FROM totals AS t
