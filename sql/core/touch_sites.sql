-- One row per distinct source or referring host that is a listed site: its category, and its brand where it is known by
-- one. The longest entry that fits decides: groups.google.com is social although google.com searches.
WITH named AS (
    SELECT source AS value FROM touches
    UNION
    SELECT tag_value(tags, 'utm_source') FROM touches
    UNION
    SELECT external_referrer(referrer, url) FROM touches
    UNION
    SELECT source FROM config_clicks
),

hosts AS (
    SELECT DISTINCT lower(trim(value)) AS site_name, coalesce(host_of(trim(value)), lower(trim(value))) AS host
    FROM named
    WHERE value IS NOT NULL
),

-- the last six labels are enough: no entry has more, and a host may be anything
labels AS (
    SELECT site_name, host, list_reverse(string_split(host, '.'))[:6] AS words, unnest([1, 2, 3, 4, 5, 6]) AS n
    FROM hosts
),

endings AS (
    SELECT site_name, array_to_string(list_reverse(words[:n]), '.') AS ending
    FROM labels
    WHERE n <= len(words)
),

brands AS (
    SELECT site_name, regexp_extract(host, '^(?:m\.)?([^.]+)\.(?:com?\.)?[a-z]{2,3}$', 1) AS word
    FROM hosts
),

fitting AS (
    SELECT e.site_name, s.site, s.category, NULL AS brand
    FROM endings AS e
    JOIN config_sites AS s ON s.site = e.ending AND s.kind = 'site'
    UNION ALL
    SELECT h.site_name, s.site, s.category, NULL
    FROM hosts AS h
    JOIN config_sites AS s ON s.site = h.host AND s.kind IN ('host', 'app')
    UNION ALL
    SELECT h.site_name, s.site, s.category, CASE WHEN s.kind = 'brand' THEN s.site END
    FROM hosts AS h
    JOIN config_sites AS s ON s.site = h.site_name AND s.kind IN ('name', 'brand')
    UNION ALL
    SELECT b.site_name, s.site, s.category, s.site
    FROM brands AS b
    JOIN config_sites AS s ON s.site = b.word AND s.kind = 'brand'
)

SELECT
    site_name,
    arg_max(category, (length(site), site, category)) AS category,
    max(brand) AS brand
FROM fitting
GROUP BY site_name
