-- One row per file: what became of its rows, and the period of its accepted events.
-- A row that gives several events counts once: rejected if any part of it was refused (its good parts still stand), else
-- accepted if any part was, else duplicate. Rows are counted here, not subtracted, so that the check on the sum can fail.
-- Line 0 holds what a snapshot lacks: events, but no row of the file.
-- All rows are read once: files have few statuses, so what is counted afterwards is short.
WITH several AS (
    SELECT DISTINCT file_no, line
    FROM staged_rows
    WHERE part > 0 AND line > 0
),

judged AS NOT MATERIALIZED (
    SELECT
        e.file_no,
        e.line,
        e.occurred_at,
        e.ordered_at,
        s.line IS NOT NULL AS is_parted,
        CASE
            WHEN e.reason IS NOT NULL THEN 'rejected'
            WHEN e.ignored IS NOT NULL THEN 'ignored'
            WHEN e.occurred_at > getvariable('latest_allowed') THEN 'rejected'
            WHEN d.rid IS NOT NULL THEN 'duplicate'
            WHEN x.rid IS NOT NULL THEN 'ignored'
            ELSE 'accepted'
        END AS status,
        CASE WHEN e.ignored IS NOT NULL THEN e.ignored WHEN x.rid IS NOT NULL THEN 'excluded customer' END AS ignored
    FROM staged_rows AS e
    LEFT JOIN duplicate_events AS d USING (rid)
    LEFT JOIN excluded_events AS x USING (rid)
    LEFT JOIN several AS s ON s.file_no = e.file_no AND s.line = e.line
),

summed AS (
    SELECT
        file_no, status, ignored, is_parted, line > 0 AS is_row,
        count(*) AS n, min(occurred_at) AS first_event_at, max(occurred_at) AS last_event_at, min(ordered_at) AS first_ordered_at
    FROM judged
    GROUP BY ALL
),

events AS (
    SELECT
        file_no, sum(n)::BIGINT AS events, min(first_event_at) AS first_event_at, max(last_event_at) AS last_event_at,
        min(first_ordered_at) AS first_ordered_at
    FROM summed
    WHERE status = 'accepted'
    GROUP BY file_no
),

parted AS (
    SELECT
        file_no,
        line,
        CASE
            WHEN bool_or(status = 'rejected') THEN 'rejected'
            WHEN bool_or(status = 'accepted') THEN 'accepted'
            WHEN bool_or(status = 'duplicate') THEN 'duplicate'
            ELSE 'ignored'
        END AS status,
        min(ignored) AS ignored
    FROM judged
    WHERE is_parted
    GROUP BY file_no, line
),

counted AS (
    SELECT file_no, status, CASE WHEN status = 'ignored' THEN ignored END AS ignored, n
    FROM summed
    WHERE is_row AND NOT is_parted
    UNION ALL
    SELECT file_no, status, CASE WHEN status = 'ignored' THEN ignored END AS ignored, count(*) AS n
    FROM parted
    GROUP BY ALL
),

lookups AS (
    SELECT file_no, 'ignored' AS status, 'lookup' AS ignored, rows AS n
    FROM config_files
    WHERE role = 'lookup'
),

per_file AS (
    SELECT
        file_no,
        coalesce(sum(n) FILTER (status = 'accepted'), 0)::BIGINT AS accepted,
        coalesce(sum(n) FILTER (status = 'duplicate'), 0)::BIGINT AS duplicate,
        coalesce(sum(n) FILTER (status = 'rejected'), 0)::BIGINT AS rejected,
        coalesce(sum(n) FILTER (status = 'ignored'), 0)::BIGINT AS ignored,
        map_from_entries(list_sort(list({'reason': ignored, 'rows': n}) FILTER (status = 'ignored'))) AS ignored_reasons
    FROM (
        SELECT file_no, status, ignored, sum(n)::BIGINT AS n
        FROM (SELECT * FROM counted UNION ALL SELECT * FROM lookups)
        GROUP BY ALL
    )
    GROUP BY file_no
)

SELECT
    f.file_no,
    f.source_no,
    coalesce(p.accepted, 0) AS accepted,
    coalesce(p.duplicate, 0) AS duplicate,
    coalesce(p.rejected, 0) AS rejected,
    coalesce(p.ignored, 0) AS ignored,
    p.ignored_reasons,
    coalesce(e.events, 0) AS events,
    e.first_event_at,
    e.last_event_at,
    e.first_ordered_at
FROM config_files AS f
LEFT JOIN per_file AS p USING (file_no)
LEFT JOIN events AS e USING (file_no)
