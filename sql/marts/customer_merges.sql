-- One row per customer id that went into another: a merge keeps the older id, and who kept the old one somewhere finds it here.
SELECT customer_id, merged_customer_id
FROM ledger_merges
