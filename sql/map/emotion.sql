-- What customers said when asked: NPS (promoters less detractors, -100 to 100), satisfaction (share of 4 and 5 out of 5), stars
-- of reviews (mean). A stage without answers has no evidence, which is not the same as neutral.
WITH read AS (
    -- every property in one reading of the object; CASE keeps the reading to answers, wherever the conditions are tested
    SELECT
        stage, customer_id, journey_id, event_name,
        CASE
            WHEN event_name IN ('survey_answered', 'review_posted')
                THEN json_extract_string(properties, ['$.survey', '$.nps', '$.csat', '$.score'])
        END AS said
    FROM events
    WHERE event_name IN ('survey_answered', 'review_posted') AND actor = 'customer' AND stage IS NOT NULL
),

answers AS (
    SELECT
        stage, customer_id, journey_id,
        CASE
            WHEN event_name = 'review_posted' THEN 'Review stars'
            WHEN said[1] = 'csat' OR said[3] IS NOT NULL THEN 'Satisfaction'
            ELSE 'NPS'
        END AS item,
        -- an answer that holds several scores is read by its item's own
        try_cast(CASE
            WHEN event_name = 'review_posted' THEN said[4]
            WHEN said[1] = 'csat' OR said[3] IS NOT NULL THEN coalesce(said[3], said[4])
            ELSE coalesce(said[2], said[4])
        END AS DOUBLE) AS score
    FROM read
),

-- answers are few: each is counted in every value it belongs to; in one order, as sums of floats depend on it
counted AS (
    SELECT
        v.value_no, a.stage, a.item,
        count(*)::DOUBLE AS n,
        count(DISTINCT customer_id) AS customers,
        CASE a.item
            WHEN 'NPS' THEN 100 * (count(*) FILTER (score >= 9) - count(*) FILTER (score <= 6)) / count(*)
            WHEN 'Satisfaction' THEN count(*) FILTER (score >= 4) / count(*)
            ELSE avg(score ORDER BY score)
        END AS value,
        CASE a.item
            WHEN 'NPS' THEN 100 * stddev_samp(CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 ELSE 0 END ORDER BY score)
            WHEN 'Review stars' THEN stddev_samp(score ORDER BY score)
        END AS spread
    FROM answers AS a
    JOIN journey_links AS j USING (journey_id)
    JOIN map_sums AS v USING (combination)
    WHERE a.score IS NOT NULL
    GROUP BY v.value_no, a.stage, a.item
)

SELECT
    m.value_no,
    s.stage_rank,
    coalesce(c.item, 'no evidence') AS item,
    CASE c.item WHEN 'NPS' THEN 'nps' WHEN 'Satisfaction' THEN 'satisfied' WHEN 'Review stars' THEN 'stars' ELSE 'answers' END AS metric,
    coalesce(c.value, 0) AS value,
    CASE c.item WHEN 'Satisfaction' THEN wilson_low(c.value, least(c.n, c.customers)) ELSE c.value - 1.959964 * c.spread / sqrt(c.customers) END AS low,
    CASE c.item WHEN 'Satisfaction' THEN wilson_high(c.value, least(c.n, c.customers)) ELSE c.value + 1.959964 * c.spread / sqrt(c.customers) END AS high,
    coalesce(c.customers, 0) AS customers,
    coalesce(c.customers, 0) AS behind,
    coalesce(c.n, 0) AS score,
    format(
        CASE coalesce(c.item, '')
            WHEN 'NPS' THEN 'select 100 * (count(*) filter (score >= 9) - count(*) filter (score <= 6)) / count(*) from ({1} '
                || 'and event_name = ''survey_answered'' and properties ->> ''$.survey'' is distinct from ''csat'' '
                || 'and properties ->> ''$.csat'' is null) where score is not null'
            WHEN 'Satisfaction' THEN 'select count(*) filter (score >= 4) / count(*) from ({1} and event_name = ''survey_answered'' '
                || 'and (properties ->> ''$.survey'' = ''csat'' or properties ->> ''$.csat'' is not null)) where score is not null'
            WHEN 'Review stars' THEN 'select avg(score) from ({1} and event_name = ''review_posted'') where score is not null'
            ELSE 'select count(score) from ({1} and event_name in (''survey_answered'', ''review_posted''))'
        END,
        '',
        concat(
            'select try_cast(',
            CASE coalesce(c.item, '')
                WHEN 'NPS' THEN 'coalesce(properties ->> ''$.nps'', properties ->> ''$.score'')'
                WHEN 'Satisfaction' THEN 'coalesce(properties ->> ''$.csat'', properties ->> ''$.score'')'
                WHEN 'Review stars' THEN 'properties ->> ''$.score'''
                ELSE 'coalesce(properties ->> ''$.nps'', properties ->> ''$.csat'', properties ->> ''$.score'')'
            END,
            ' as double) as score from events where actor = ''customer'' and stage = ', sql_text(s.stage), coalesce(' and journey_id in ' || m.chosen, '')
        )
    ) AS query
FROM map_values AS m
CROSS JOIN config_stages AS s
LEFT JOIN counted AS c ON c.value_no = m.value_no AND c.stage = s.stage
