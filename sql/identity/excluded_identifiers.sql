-- One row per identifier of a customer that the configuration excludes: all of one, if any of its identifiers matches.
WITH matching AS (
    SELECT DISTINCT i.ck
    FROM identifier_customers AS i
    JOIN config_exclusions AS x ON regexp_full_match(i.identifier, x.pattern)
)

SELECT i.kind, i.identifier, i.ck
FROM identifier_customers AS i
JOIN matching AS m USING (ck)
