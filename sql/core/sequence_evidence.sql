-- by: customer
-- One row per event (by its position in the order) whose stage depends on the customer's history: rules with `nth` or
-- `after`. Only events that such a rule looks at take part, so the windows sort few rows. The furthest of these rules and
-- of the event's plain ones decides, then the first rule of that stage.
WITH looked_at AS (
    SELECT pos, ck, t, code
    FROM (SELECT row_number() OVER () - 1 AS pos, ck, t, code FROM ordered_events)
    WHERE (code >> 13) & 1 = 1
),

roles AS (
    SELECT
        k.kind,
        r.rule_no,
        k.actor <> 'machine' AND (k.rules >> r.rule_no) & 1 = 1 AS is_match,
        k.actor <> 'machine' AND EXISTS (
            SELECT 1 FROM config_triggers AS t WHERE t.rule_no = r.rule_no AND regexp_full_match(k.event_name, t.pattern)
        ) AS is_trigger
    FROM event_kinds AS k
    CROSS JOIN config_rules AS r
    WHERE r.is_sequential
),

history AS (
    SELECT
        e.pos, e.t, e.code, o.rule_no, o.is_match,
        count(*) FILTER (WHERE o.is_match) OVER (
            PARTITION BY o.rule_no, e.ck ORDER BY e.pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS nth,
        max(CASE WHEN o.is_trigger THEN e.t END) OVER (
            PARTITION BY o.rule_no, e.ck ORDER BY e.pos ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS after_t
    FROM looked_at AS e
    JOIN roles AS o ON o.kind = kind_of(e.code) AND (o.is_match OR o.is_trigger)
),

fired AS (
    SELECT h.pos, r.rule_no, r.stage_rank, r.back
    FROM history AS h
    JOIN config_rules AS r USING (rule_no)
    WHERE h.is_match
      AND (h.code >> 14) & 1 = 1
      AND CASE r.nth_operator
            WHEN '>=' THEN h.nth >= r.nth
            WHEN '>' THEN h.nth > r.nth
            WHEN '<=' THEN h.nth <= r.nth
            WHEN '<' THEN h.nth < r.nth
            WHEN '=' THEN h.nth = r.nth
            ELSE true
          END
      AND (NOT r.has_after OR h.after_t IS NOT NULL)
      AND (r.within_us IS NULL OR h.t - h.after_t <= r.within_us)
),

candidates AS (
    SELECT pos, rule_no, stage_rank, back FROM fired
    UNION ALL
    SELECT e.pos, r.rule_no, r.stage_rank, r.back
    FROM looked_at AS e
    JOIN kind_rules AS r ON r.kind = kind_of(e.code) AND NOT r.is_sequential
    WHERE e.pos IN (SELECT pos FROM fired)
)

SELECT
    pos,
    max(stage_rank)::INTEGER AS stage_rank,
    arg_max({'rule_no': rule_no, 'back': back}, {'stage_rank': stage_rank, 'rule_no': -rule_no}) AS kept
FROM candidates
GROUP BY pos
