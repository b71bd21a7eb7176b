-- One row per refused input row, with the reason and the row as it stood. Rows in the future are judged again at every run.
WITH refused AS (
    SELECT
        source, file_no, line, part, raw,
        coalesce(reason, 'future') AS reason,
        CASE
            WHEN reason IS NULL THEN concat('occurred_at ', occurred_at, ' is later than ', getvariable('latest_allowed'))
            ELSE detail
        END AS detail
    FROM staged_rows
    WHERE line > 0  -- what a snapshot lacks is no row of its file
      AND (reason IS NOT NULL OR (ignored IS NULL AND occurred_at > getvariable('latest_allowed')))
)

SELECT
    r.source,
    f.file,
    r.line,
    arg_min(r.reason, r.part) AS reason,
    arg_min(r.detail, r.part) AS detail,
    arg_min(r.raw, r.part) AS raw,
    getvariable('run_id')::VARCHAR AS run_id
FROM refused AS r
JOIN config_files AS f USING (file_no)
GROUP BY r.source, f.file, r.line
ORDER BY r.source, f.file, r.line
