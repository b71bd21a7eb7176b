-- by: customer
-- rows: many
-- parts: session_no
-- One row per session: a visit to web or app, with its traffic source and the stages it begins and ends in.
SELECT
    k.session_id,
    c.customer_id,
    k.session_number,
    coalesce(df.occurred_at, make_timestamp(s.started_t)) AS started_at,
    coalesce(dl.occurred_at, make_timestamp(s.ended_t)) AS ended_at,
    s.event_count,
    -- date-only values stay out of durations under a day, so such a session is not engaged by its length
    (
        s.ended_t - s.started_t > 10000000
        AND NOT (((s.first_code | s.last_code) >> 17) & 1 = 1 AND s.ended_t - s.started_t < 86400000000)
    ) OR s.has_key_event OR s.view_count >= 2 AS is_engaged,
    t.channel_group,
    t.channel_rule,
    n.last_non_direct_channel_group,
    t.traffic_source,
    t.traffic_medium,
    t.campaign,
    t.device,
    f.event_name AS entry_event,
    l.event_name AS exit_event,
    fs.stage AS entry_stage,
    ls.stage AS exit_stage
FROM session_spans AS s
JOIN session_keys AS k USING (session_no)
JOIN session_traits AS t USING (session_no)
JOIN session_last_non_direct AS n USING (session_no)
JOIN customer_numbers AS c USING (ck)
JOIN event_kinds AS f ON f.kind = kind_of(s.first_code)
JOIN event_kinds AS l ON l.kind = kind_of(s.last_code)
JOIN session_ends AS b USING (session_no)
LEFT JOIN config_stages AS fs ON fs.stage_rank = b.entry_rank
LEFT JOIN config_stages AS ls ON ls.stage_rank = b.exit_rank
LEFT JOIN date_only_times AS df ON df.ck = s.ck AND df.t = s.started_t
LEFT JOIN date_only_times AS dl ON dl.ck = s.ck AND dl.t = s.ended_t
