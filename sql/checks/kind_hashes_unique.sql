-- Kinds of event have different hashes: events are matched to their kind by it.
SELECT kind_hash, count(*) AS n
FROM event_kinds
GROUP BY kind_hash
HAVING count(*) > 1
