"""The data that decides channel groups: the shipped rules, sites and click ids, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

#: Kinds of entries of sites.yaml, singular as the models know them.
_KINDS = {"brands": "brand", "sites": "site", "hosts": "host", "names": "name", "apps": "app"}


@dataclass(frozen=True)
class ShippedRule:
    """One rule of rules.yaml; see its head for what the keys mean. None and empty: not asked."""

    group: str | None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    sites: str | None = None
    events: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    traffic: bool | None = None


@dataclass(frozen=True)
class ClickId:
    """One url parameter of clicks.yaml."""

    parameter: str
    source: str
    medium: str
    paid: bool = False


def _read(name: str) -> Any:
    text = resources.files("journey_analytics.channels").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def shipped_rules() -> tuple[ShippedRule, ...]:
    """The rules in order: GA4's, then ours."""
    rules: list[dict[str, Any]] = [
        {key: tuple(value) if isinstance(value, list) else value for key, value in rule.items()}
        for rule in _read("rules.yaml")
    ]
    return tuple(ShippedRule(**rule) for rule in rules)


@cache
def click_ids() -> tuple[ClickId, ...]:
    """The click ids, in order."""
    return tuple(ClickId(**item) for item in _read("clicks.yaml"))


@cache
def sites() -> tuple[tuple[str, str, str], ...]:
    """Every listed site as (site, kind of entry, category)."""
    return tuple(
        (site, _KINDS[kind], category)
        for category, kinds in _read("sites.yaml").items()
        for kind, entries in kinds.items()
        for site in entries
    )
