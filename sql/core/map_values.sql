-- One row per number that the journey map is told under: the whole, and every value of a segment behind which stand at least the
-- minimum number of customers; cohorts apart, since a map tells how a kind of customer fares, and the tables of rates tell when.
-- of_table: how the value is named in tables by segment. chosen: the query of its journeys, null for the whole.
WITH combined AS (
    SELECT combination, party, count(*) AS journeys
    FROM journey_parties
    GROUP BY combination, party
),

counted AS (
    SELECT v.value_no, coalesce(sum(c.journeys) FILTER (c.party IS NULL), 0) + count(DISTINCT c.party) AS customers
    FROM combined AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no
),

named AS (
    -- a segment with one value shares the number of the whole, and is told as that
    SELECT value_no, bool_or(segment = 'all') AS is_whole, any_value(segment) AS segment, any_value(segment_value) AS segment_value
    FROM summed_names
    WHERE segment <> 'cohort'
    GROUP BY value_no
)

SELECT
    n.value_no,
    CASE
        WHEN n.is_whole THEN 'segment = ''all'''
        ELSE concat('segment = ', sql_text(n.segment), ' and segment_value = ', sql_text(n.segment_value))
    END AS of_table,
    CASE WHEN NOT n.is_whole THEN concat(
        '(select journey_id from journey_combinations join segment_combinations using (combination) where segment = ', sql_text(n.segment),
        ' and segment_value = ', sql_text(n.segment_value), ')'
    ) END AS chosen
FROM named AS n
LEFT JOIN counted AS c USING (value_no)
WHERE n.is_whole OR c.customers >= getvariable('minimum')
