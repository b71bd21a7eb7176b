-- One row per distinct combination that decides a channel group: the source, medium and campaign that it means. What the
-- columns say comes first, then the url's utm parameters; a click id where they say nothing (or name the same vendor and
-- no ad); then the referrer: an AI assistant, a search engine, else a referral. A campaign alone is (not set) / (not set), nothing (direct) / (none).
WITH stated AS (
    SELECT
        t.touch_key, t.log, t.event_name, t.channel,
        external_referrer(t.referrer, t.url) AS referrer_host,
        click_of(t.tags) AS click_id,
        coalesce(nullif(trim(t.source), ''), tag_value(t.tags, 'utm_source')) AS own_source,
        coalesce(nullif(trim(t.medium), ''), tag_value(t.tags, 'utm_medium')) AS own_medium,
        coalesce(nullif(trim(t.campaign), ''), tag_value(t.tags, 'utm_campaign')) AS own_campaign
    FROM touches AS t
),

known AS (
    SELECT
        s.*,
        coalesce(lower(s.own_medium), '(none)') IN ('(none)', '(not set)', 'organic', 'referral') AS names_no_ad,
        s.own_source IS NULL AND s.own_medium IS NULL AS says_nothing,
        c.source AS click_source,
        c.medium AS click_medium,
        c.paid AND lower(s.own_source) IN ('(direct)', c.source) AS is_same_vendor,
        c.paid AND (cs.brand = os.brand OR lower(s.own_source) = concat(c.source, '.com')) AS is_same_brand,
        os.category AS own_category,
        rs.category AS referrer_category,
        rs.brand AS referrer_brand
    FROM stated AS s
    LEFT JOIN config_clicks AS c ON c.click_id = s.click_id
    LEFT JOIN touch_sites AS cs ON cs.site_name = c.source
    LEFT JOIN touch_sites AS os ON os.site_name = lower(s.own_source)
    LEFT JOIN touch_sites AS rs ON rs.site_name = s.referrer_host
),

chosen AS (
    SELECT
        *,
        CASE
            WHEN click_source IS NOT NULL
                AND (says_nothing OR (names_no_ad AND coalesce(is_same_vendor OR is_same_brand, false))) THEN 'click'
            WHEN NOT says_nothing THEN 'own'
            WHEN referrer_host IS NOT NULL THEN 'referrer'
            WHEN lower(own_campaign) NOT IN ('(direct)', '(none)', '(not set)') THEN 'campaign'
            ELSE 'none'
        END AS taken_from
    FROM known
)

SELECT
    touch_key, log, event_name, channel, referrer_host, click_id,
    CASE taken_from
        WHEN 'click' THEN click_source
        WHEN 'own' THEN coalesce(own_source, '(not set)')
        WHEN 'referrer' THEN CASE WHEN referrer_category = 'search' THEN coalesce(referrer_brand, referrer_host) ELSE referrer_host END
        WHEN 'campaign' THEN '(not set)'
        ELSE '(direct)'
    END AS traffic_source,
    CASE taken_from
        WHEN 'click' THEN click_medium
        -- ChatGPT tags its links with its name and no medium
        WHEN 'own' THEN coalesce(own_medium, CASE own_category WHEN 'assistant' THEN 'ai-assistant' END,
            CASE lower(own_source) WHEN '(direct)' THEN '(none)' ELSE '(not set)' END)
        WHEN 'referrer' THEN CASE referrer_category WHEN 'assistant' THEN 'ai-assistant' WHEN 'search' THEN 'organic' ELSE 'referral' END
        WHEN 'campaign' THEN '(not set)'
        ELSE '(none)'
    END AS traffic_medium,
    coalesce(own_campaign, CASE WHEN taken_from = 'referrer' AND referrer_category = 'assistant' THEN '(ai-assistant)' END) AS campaign,
    taken_from <> 'none' AS has_traffic
FROM chosen
