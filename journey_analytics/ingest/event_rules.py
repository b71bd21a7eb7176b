"""A connector's event names, conditions and ignored rows as SQL."""

from __future__ import annotations

from journey_analytics.config.rules import EventRule
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.amounts import amount_sql
from journey_analytics.ingest.cells import Cell, Cells
from journey_analytics.ingest.conditions import condition_sql, glob_sql
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.values import object_sql


class EventRulesSql:
    """The vendor's event names and conditions as SQL.

    Attributes:
        layers: The column `x_rule`, the number of the rule that holds, empty without rules; and what amounts need.
        ignored: Why the row is no event, or null.
        name: The event's name.
        actor: Who acted by the rule, or null.
        amount: The amount by the rule; None if no rule has one.
        background: Whether the event is never engagement.
        entries: What the rule sets in the properties, as a JSON object, or null; None if no rule sets anything.
    """

    def __init__(self, plan: Plan, cells: Cells, name: Cell | None) -> None:
        self._all: list[EventRule] = [rule for rules in plan.names.values() for rule in rules]
        self._vendor = "CAST(NULL AS VARCHAR)" if name is None else name.text
        layer: dict[str, str] = {}
        whole = [f"WHEN {condition_sql(item.where, cells)} THEN {quote_text(item.reason)}" for item in plan.ignore]
        if self._all:
            tests: list[str] = []
            number = 0
            for vendor, rules in plan.names.items():
                for rule in rules:
                    test = f"{self._vendor} = {quote_text(vendor)}"
                    if rule.where:
                        test += f" AND {condition_sql(rule.where, cells)}"
                    tests.append(f"WHEN {test} THEN {number}")
                    number += 1
            tests += self._loose(plan, cells)
            layer["x_rule"] = f"CAST(CASE {' '.join(tests)} END AS SMALLINT)"
        rule_ignored = self._by_rule({n: rule.ignore for n, rule in enumerate(self._all) if rule.ignore})
        self.ignored = f"CASE {' '.join(whole)} ELSE {rule_ignored} END" if whole else rule_ignored
        self.name = self._vendor
        found = {n: cells.field(rule.value) for n, rule in enumerate(self._all) if rule.value}
        texts = {n: cell.text for n, cell in found.items() if cell is not None}
        self.amount = amount_sql(Cell("x_amount") if texts else None, "x_amount_") if found else None
        self.layers: list[dict[str, str]] = [layer]
        if texts:
            by_rule = " ".join(f"WHEN {n} THEN {sql}" for n, sql in texts.items())
            self.layers += [{"x_amount": f"CASE x_rule {by_rule} END"}, *(self.amount.layers if self.amount else [])]
        sets = {n: object_sql(rule.set, cells) for n, rule in enumerate(self._all) if rule.set}
        self.entries = (
            f"CASE x_rule {' '.join(f'WHEN {n} THEN {sql}' for n, sql in sets.items())} END" if sets else None
        )
        named = {n: rule.event for n, rule in enumerate(self._all) if rule.event}
        if named:
            self.name = f"coalesce({self._by_rule(named)}, {self._vendor})"
        self.actor = self._by_rule({n: rule.actor for n, rule in enumerate(self._all) if rule.actor})
        quiet = [str(n) for n, rule in enumerate(self._all) if rule.background]
        self.background = f"coalesce(x_rule IN ({', '.join(quiet)}), false)" if quiet else "false"

    def _loose(self, plan: Plan, cells: Cells) -> list[str]:
        """Tests for names that none of the listed ones is exactly: the same in other case, then globs."""
        listed = ", ".join(quote_text(vendor) for vendor in plan.names)
        equal: list[str] = []
        globs: list[str] = []
        number = 0
        for vendor, rules in plan.names.items():
            is_glob = "*" in vendor or "?" in vendor
            test = glob_sql(f"lower({self._vendor})", vendor.lower())
            for rule in rules:
                where = f" AND {condition_sql(rule.where, cells)}" if rule.where else ""
                (globs if is_glob else equal).append(f"WHEN {test}{where} THEN {number}")
                number += 1
        return [f"WHEN {self._vendor} IN ({listed}) THEN NULL", *equal, *globs]

    @staticmethod
    def _by_rule(texts: dict[int, str]) -> str:
        if not texts:
            return "CAST(NULL AS VARCHAR)"
        return f"CASE x_rule {' '.join(f'WHEN {n} THEN {quote_text(t)}' for n, t in texts.items())} END"
