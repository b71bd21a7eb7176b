-- One row per event that hurts (an error, a ticket), segment value and calendar week in which customers met it: how many, beside what
-- is usual for that value, and whether that is beyond chance. A busy week alone is no finding: there have to be more than usual
-- (Poisson), and the value's part of all who met it that week has to be larger than its part in other weeks (binomial). The p-value
-- is the larger of the two; Bonferroni over the table. It is the events themselves that are divided, not the journeys by their
-- traits: a browser that breaks does so for whoever uses it that day.
WITH met AS (
    SELECT
        customer_id,
        date_trunc('week', local_date(occurred_at))::DATE AS week,
        event_name,
        told_pain(event_name, properties, path) AS pain,
        device, browser, country, channel, source
    FROM events
    WHERE event_name IN ('error_shown', 'ticket_created')
      AND actor <> 'machine'
      AND position IS NOT NULL
),

valued AS (
    UNPIVOT met ON device, browser, country, channel, source INTO NAME segment VALUE segment_value
),

cells AS (
    SELECT event_name, segment, segment_value, week, mode(pain ORDER BY pain) AS pain, count(DISTINCT customer_id)::BIGINT AS customers
    FROM valued
    WHERE is_segment(segment)
    GROUP BY event_name, segment, segment_value, week
),

-- a week in which nobody met it is a usual one too; date_diff counts spans of seven days, so both are moved to their Mondays
span AS (
    SELECT
        date_diff(
            'week',
            date_trunc('week', local_date(min(p.first_event_at))),
            date_trunc('week', local_date(min(c.as_of)))
        ) + 1 AS weeks
    FROM source_periods AS p
    CROSS JOIN run_clock AS c
),

summed AS (
    SELECT
        c.*,
        s.weeks,
        sum(customers) OVER (PARTITION BY event_name, segment, segment_value)::BIGINT AS of_value,
        sum(customers) OVER (PARTITION BY event_name, segment, week)::BIGINT AS of_week,
        sum(customers) OVER (PARTITION BY event_name, segment)::BIGINT AS of_all
    FROM cells AS c
    CROSS JOIN span AS s
    WHERE s.weeks > 1
),

-- half a customer is added to what is usual, so that what never happened before is not taken for impossible
usual AS (
    SELECT
        *,
        (of_value - customers + 0.5) / (weeks - 1) AS rate,
        (of_value - customers + 0.5) / (of_all - of_week + 1) AS share
    FROM summed
),

tested AS (
    SELECT
        *,
        -- the sum ends where nothing is left of it, which it does only above the mean
        CASE WHEN customers > rate THEN list_sum([
            exp(i * ln(rate) - rate - lgamma(i + 1)) FOR i IN range(customers, 2 * customers + 100)
        ]) ELSE 1 END AS p_more,
        CASE WHEN share < 1 THEN list_sum([
            exp(lgamma(of_week + 1) - lgamma(i + 1) - lgamma(of_week - i + 1) + i * ln(share) + (of_week - i) * ln(1 - share))
            FOR i IN range(customers, of_week + 1)
        ]) ELSE 1 END AS p_part
    FROM usual
)

SELECT
    event_name,
    pain,
    segment,
    segment_value,
    week,
    customers,
    (of_value - customers) / (weeks - 1) AS usual_customers,
    of_week - customers AS others,
    least(1, greatest(p_more, p_part)) AS p_value,
    least(1, greatest(p_more, p_part) * count(*) OVER ()) AS p_adjusted,
    p_adjusted <= 0.01 AS survives
FROM tested
ORDER BY p_value, event_name, segment, segment_value, week
