-- One row per event of a customer that the configuration excludes. What one of them did on an identifier that several
-- people use is theirs too, and what others did there is not.
SELECT e.rid
FROM good_events AS e
JOIN excluded_identifiers AS x ON x.kind = e.ident_kind AND x.identifier = e.ident
ANTI JOIN shared_sightings AS s ON s.rid = e.rid

UNION ALL

SELECT s.rid
FROM shared_sightings AS s
WHERE s.ck IN (SELECT x.ck FROM excluded_identifiers AS x)
