"""What is wrong with configured channel rules, beyond their types."""

from __future__ import annotations

from collections.abc import Sequence

from journey_analytics.channels.data import click_ids
from journey_analytics.config.model import ChannelRule
from journey_analytics.config.problems import nearest
from journey_analytics.config.yaml_source import YamlSource
from journey_analytics.errors import Problem


def channel_rule_problems(rules: Sequence[ChannelRule], source: YamlSource) -> list[Problem]:
    """Rules that would match everything, and click ids that nobody knows."""
    problems = []
    known = [click.parameter for click in click_ids()]
    for number, rule in enumerate(rules):
        if not any(getattr(rule, key) for key in ChannelRule.CONDITIONS):
            remedy = f"Add a condition: {', '.join(ChannelRule.CONDITIONS)}."
            problems.append(source.problem("has no condition", ("channel_rules", number), remedy))
        for name in rule.click_ids:
            if name.lower() not in known and not any(char in name for char in "*?"):
                close = nearest(name.lower(), known)
                remedy = f"Did you mean {close!r}?" if close else f"Click ids are {', '.join(known)}."
                at = ("channel_rules", number, "click_ids")
                problems.append(source.problem(f"unknown click id {name!r}", at, remedy))
    return problems
