-- One row per event of a source with `dedupe: none`: equal rows are all kept, so they are numbered to be told apart.
SELECT
    e.rid,
    concat(e.event_id, '#', row_number() OVER (
        PARTITION BY e.source_no, e.event_id ORDER BY e.rid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )) AS event_id
FROM accepted_events AS e
JOIN config_files AS f USING (file_no)
WHERE f.dedupe = 'none'
