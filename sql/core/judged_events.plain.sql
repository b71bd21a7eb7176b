-- materialized: view
-- One row per ordered event, in the same order, with the stage that it evidences, where no rule looks at the history.
SELECT
    ck, t, rid, code,
    (code & 31)::INTEGER AS evidence,
    (code >> 5) & 1 = 1 AS sets,
    NULL::INTEGER AS sequence_rule,
    (code >> 6) & 1 = 1 AS engaged,
    (code >> 7) & 1 = 1 AS lost
FROM ordered_events
