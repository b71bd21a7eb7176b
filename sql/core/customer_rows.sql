-- materialized: view
-- One row per accepted event, in any order: whose it is, its time, and its kind with what of the row itself matters to sessions (a
-- traffic source, a device, a date only). What the events of a customer mean is told from these rows alone.
SELECT
    e.ck,
    epoch_us(e.ordered_at) AS t,
    e.rid,
    k.code
        | (bears_traffic(e.utm_source, e.utm_medium, e.utm_campaign, e.referrer, e.url)::BIGINT << 15)
        | ((e.device IS NOT NULL OR e.user_agent IS NOT NULL)::BIGINT << 16)
        | (coalesce(list_contains(e.flags, 'date_only'), false)::BIGINT << 17) AS code,
    e.is_later
FROM owned_rows AS e
JOIN coded_kinds AS k
    -- one 8-byte key instead of seven columns: every row is of some kind, and the check `kind_hashes_unique` keeps kinds apart
    ON k.kind_hash = hash(
        e.source_no, e.event_name, e.channel, e.session_class, e.actor, coalesce(e.background, false),
        row_rules(
            e.source, e.event_name, e.actor, e.occurred_at, e.event_id, e.channel, e.account_id, e.url, e.path, e.referrer,
            e.utm_source, e.utm_medium, e.utm_campaign, e.value, e.currency, e.user_agent, e.device, e.country, e.properties,
            e.utm_campaign
        )
    )
