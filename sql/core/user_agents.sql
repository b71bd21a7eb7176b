-- One row per distinct user agent: the device and browser it names. Read once per agent, not once per event.
WITH agents AS (
    SELECT DISTINCT user_agent
    FROM good_events
    WHERE user_agent IS NOT NULL
)

SELECT
    user_agent,
    CASE
        WHEN regexp_matches(user_agent, '(?i)ipad|tablet|kindle|silk/|playbook') THEN 'tablet'
        WHEN regexp_matches(user_agent, '(?i)mobi|iphone|ipod|phone') THEN 'mobile'
        WHEN regexp_matches(user_agent, '(?i)android') THEN 'tablet'
        WHEN regexp_matches(user_agent, '(?i)windows nt|macintosh|x11|cros|linux') THEN 'desktop'
    END AS device,
    CASE
        WHEN regexp_matches(user_agent, '(?i)edg(e|a|ios)?/') THEN 'Edge'
        WHEN regexp_matches(user_agent, '(?i)opr/|opera') THEN 'Opera'
        WHEN regexp_matches(user_agent, '(?i)samsungbrowser/') THEN 'Samsung Internet'
        WHEN regexp_matches(user_agent, '(?i)firefox/|fxios/') THEN 'Firefox'
        WHEN regexp_matches(user_agent, '(?i)chrome/|crios/|chromium/') THEN 'Chrome'
        WHEN regexp_matches(user_agent, '(?i)safari/') THEN 'Safari'
    END AS browser
FROM agents
