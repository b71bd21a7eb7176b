-- by: customer
-- One row per customer whose events name an account: the one named last. Events after as_of count: they are known.
SELECT p.ck, arg_max(e.account_id, {'at': e.ordered_at, 'id': e.event_id, 'source_no': e.source_no}) AS account_id
FROM (SELECT * FROM staged_rows WHERE account_id IS NOT NULL) AS e
JOIN (SELECT rid, ck FROM event_places UNION ALL SELECT rid, ck FROM later_events) AS p USING (rid)
GROUP BY p.ck
