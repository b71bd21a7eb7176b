-- The accepted events of all files are the rows of events.
SELECT f.n AS in_files, e.n AS in_events
FROM (SELECT coalesce(sum(events), 0) AS n FROM files) AS f
CROSS JOIN (SELECT count(*) AS n FROM events) AS e
WHERE f.n <> e.n
