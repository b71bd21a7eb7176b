-- One row per kind of event: its facts packed into one integer, so that the one sort carries them in its key and every
-- later pass reads them with a shift instead of a join. Layout (bits): 0-4 stage it evidences, 5 the rule may move back,
-- 6 engagement, 7 lost, 8-9 session class (1 web, 2 app; customer events only), 10 view, 11 key event,
-- 12 conversion, 13 a sequential rule looks at it, 14 may evidence a stage; 15-17 are set per row (traffic source, device,
-- date only); 18-39 the kind, from bit 40 the number of its name
-- (the check `kind_hashes_unique` also sees to it that they fit).
WITH fired AS (
    SELECT
        kind,
        max(stage_rank) AS stage_rank,
        arg_max({'rule_no': rule_no, 'back': back}, {'stage_rank': stage_rank, 'rule_no': -rule_no}) AS kept
    FROM kind_rules
    WHERE NOT is_sequential
    GROUP BY kind
),

looked_at AS (
    SELECT k.kind
    FROM event_kinds AS k
    WHERE EXISTS (SELECT 1 FROM kind_rules AS r WHERE r.kind = k.kind AND r.is_sequential)
       OR (k.actor <> 'machine' AND EXISTS (SELECT 1 FROM config_triggers AS t WHERE regexp_full_match(k.event_name, t.pattern)))
),

facts AS (
    SELECT
        k.kind,
        k.name_no,
        k.event_name,
        k.actor,
        k.is_lost,
        k.may_evidence,
        CASE WHEN k.may_evidence THEN coalesce(f.stage_rank, 0) ELSE 0 END AS stage_rank,
        CASE WHEN k.may_evidence THEN f.kept.rule_no END AS rule_no,
        coalesce(f.kept.back, false) AS back,
        CASE WHEN k.actor <> 'customer' THEN 0 WHEN k.session_class = 'web' THEN 1 WHEN k.session_class = 'app' THEN 2 ELSE 0 END AS class,
        k.kind IN (SELECT l.kind FROM looked_at AS l) AS is_sequential
    FROM event_kinds AS k
    LEFT JOIN fired AS f USING (kind)
)

SELECT
    kind,
    rule_no,
    (
        (stage_rank & 31)
        | (back::INTEGER << 5)
        | ((may_evidence AND (actor = 'customer' OR stage_rank > 0))::INTEGER << 6)
        | (is_lost::INTEGER << 7)
        | (class << 8)
        | ((event_name IN ('page_viewed', 'product_viewed'))::INTEGER << 10)
        | (is_key_event(event_name)::INTEGER << 11)
        | (is_conversion(event_name)::INTEGER << 12)
        | (is_sequential::INTEGER << 13)
        | (may_evidence::INTEGER << 14)
    )::BIGINT | (kind::BIGINT << 18) | (name_no::BIGINT << 40) AS code
FROM facts
