-- Kinds of event have different hashes, by which events are matched to their kind; and they are few enough to be numbered in the
-- bits that `event_codes` has for them.
SELECT kind_hash, count(*) AS n
FROM event_kinds
GROUP BY kind_hash
HAVING count(*) > 1

UNION ALL

SELECT kind_hash, 1 AS n
FROM event_kinds
WHERE kind >= 4194304 OR name_no >= 8388608
