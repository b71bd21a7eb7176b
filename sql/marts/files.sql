-- One row per file read: what became of every row of it. rows = accepted + duplicate + rejected + ignored.
SELECT
    f.source,
    f.file,
    f.role,
    f.fingerprint,
    f.rows,
    c.accepted,
    c.duplicate,
    c.rejected,
    c.ignored,
    c.ignored_reasons,
    c.events,
    c.first_event_at,
    c.last_event_at,
    f.flags,
    getvariable('run_id')::VARCHAR AS run_id
FROM config_files AS f
JOIN file_counts AS c USING (file_no)
ORDER BY f.source_no, f.file
