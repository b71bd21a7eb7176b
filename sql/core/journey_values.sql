-- materialized: view
-- One row per journey: what is known of its sessions and events that segments may divide by: the value of its first session, else of
-- its first event, that has one. Events are asked only for what some segment needs and sessions do not have.
WITH sessions_of_journeys AS (
    SELECT entry_journey_no AS journey_no, session_no, first_pos AS pos
    FROM session_ends
    WHERE entry_journey_no IS NOT NULL
    UNION ALL
    -- the few sessions that a lost event divides are sessions of each journey that has an event in them
    SELECT DISTINCT p.journey_no, s.session_no, s.first_pos AS pos
    FROM event_places AS p
    JOIN (SELECT * FROM session_ends WHERE exit_journey_no IS DISTINCT FROM entry_journey_no) AS s USING (session_no)
    WHERE p.journey_no <> coalesce(s.entry_journey_no, -1)
),

session_traits_in_order AS (
    SELECT b.journey_no, b.pos, t.device, t.channel_group, t.campaign, t.traffic_source, t.traffic_medium
    FROM sessions_of_journeys AS b
    JOIN session_traits AS t USING (session_no)
),

of_sessions AS (
    SELECT
        journey_no,
        arg_min(device, pos) FILTER (device IS NOT NULL) AS device,
        arg_min(channel_group, pos) FILTER (channel_group IS NOT NULL) AS channel_group,
        arg_min(campaign, pos) FILTER (campaign IS NOT NULL) AS campaign,
        arg_min(traffic_source, pos) AS traffic_source,
        arg_min(traffic_medium, pos) AS traffic_medium
    FROM session_traits_in_order
    GROUP BY journey_no
),

-- events are asked only for what some configured segment needs and sessions do not have
asked AS (
    SELECT p.journey_no, p.pos, p.rid, p.code
    FROM event_places AS p
    LEFT JOIN of_sessions AS s ON s.journey_no = p.journey_no
    WHERE p.journey_no IS NOT NULL
      AND (
          getvariable('event_segments')
          OR s.journey_no IS NULL
          OR (s.campaign IS NULL AND is_segment('campaign'))
          OR (s.device IS NULL AND (p.code >> 16) & 1 = 1)
      )
),

event_traits AS (
    SELECT
        p.journey_no,
        p.pos,
        e.source,
        e.channel,
        e.country,
        coalesce(e.device, a.device) AS device,
        a.browser,
        e.currency,
        g.channel_group,
        e.utm_campaign AS campaign
    FROM staged_rows AS e
    JOIN asked AS p USING (rid)
    LEFT JOIN touch_groups AS g
        ON g.touch_key = CASE
            WHEN (p.code >> 15) & 1 = 1
                THEN touch_key(e.source, e.event_name, e.channel, e.utm_source, e.utm_medium, e.utm_campaign, e.referrer, e.url)
            ELSE kind_of(p.code)::UBIGINT
        END
    LEFT JOIN user_agents AS a USING (user_agent)
),

of_events AS (
    SELECT
        journey_no,
        arg_min(source, pos) AS source,
        arg_min(channel, pos) FILTER (channel IS NOT NULL) AS channel,
        arg_min(country, pos) FILTER (country IS NOT NULL) AS country,
        arg_min(device, pos) FILTER (device IS NOT NULL) AS device,
        arg_min(browser, pos) FILTER (browser IS NOT NULL) AS browser,
        arg_min(currency, pos) FILTER (currency IS NOT NULL) AS currency,
        arg_min(channel_group, pos) FILTER (channel_group IS NOT NULL) AS channel_group,
        arg_min(campaign, pos) FILTER (campaign IS NOT NULL) AS campaign
    FROM event_traits
    GROUP BY journey_no
)

SELECT
    j.journey_no,
    j.ck,
    j.journey_number,
    j.started_t,
    coalesce(s.device, e.device) AS device,
    coalesce(s.channel_group, e.channel_group) AS channel_group,
    coalesce(s.campaign, e.campaign) AS campaign,
    s.traffic_source,
    s.traffic_medium,
    e.source,
    e.channel,
    e.country,
    e.browser,
    e.currency
FROM journey_spans AS j
LEFT JOIN of_sessions AS s USING (journey_no)
LEFT JOIN of_events AS e USING (journey_no)
