-- One row per identifier of a customer that the configuration excludes: all of one, if any of its identifiers matches.
WITH matching AS (
    SELECT DISTINCT i.ck
    FROM identifier_customers AS i
    JOIN config_exclusions AS x ON regexp_full_match(i.identifier, x.pattern)
    WHERE NOT i.is_kiosk
)

SELECT i.kind, i.identifier
FROM identifier_customers AS i
JOIN matching AS m USING (ck)
