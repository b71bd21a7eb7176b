-- materialized: view
-- One row per event that has only a weak identifier which several people use: none, where no identifier is shared.
SELECT NULL::BIGINT AS rid, NULL::INTEGER AS ck
WHERE false
