"""The kinds of consumers, and how each behaves. Chances of an order depend on the device as well (`shopper`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Persona:
    """How somebody shops.

    Attributes:
        share: Of the people.
        rounds: Times they go back to comparing before they leave for good.
        looks: Visits per round of comparing.
        loses_interest: Chance to leave while reading, and while comparing.
        orders: Factor on the chance that a basket becomes an order.
        gives_up: Factor on the chance never to return to an abandoned basket.
        again: Chance of another order after one.
        reviews: Chance of a review after an order.
        asks: Chance of a support ticket after an order.
        stores: Chance to look at a bicycle in a store before deciding.
        mobile: Factor on the weight of a phone as first device.
    """

    share: float
    rounds: int
    looks: tuple[int, ...]
    loses_interest: tuple[float, float]
    orders: float
    gives_up: float
    again: float
    reviews: float
    asks: float
    stores: float
    mobile: float


PERSONAS = {
    "researcher": Persona(0.24, 6, (2, 2, 3, 4), (0.12, 0.12), 1.1, 0.7, 0.5, 0.6, 0.22, 0.3, 0.6),
    "bargain hunter": Persona(0.24, 4, (1, 1, 2), (0.18, 0.2), 0.95, 0.95, 0.45, 0.35, 0.15, 0.05, 1.0),
    "impulse buyer": Persona(0.2, 2, (1, 1), (0.15, 0.12), 1.15, 1.1, 0.5, 0.4, 0.3, 0.05, 1.7),
    "window shopper": Persona(0.22, 3, (1, 2, 2), (0.32, 0.34), 0.5, 1.2, 0.3, 0.3, 0.1, 0.15, 1.2),
    "enthusiast": Persona(0.1, 5, (1, 2, 3), (0.06, 0.08), 1.35, 0.6, 0.82, 0.8, 0.2, 0.35, 0.8),
    # Only comes through the planted campaign.
    "commuter": Persona(0.0, 5, (1, 2), (0.04, 0.05), 1.9, 0.35, 0.88, 0.8, 0.15, 0.2, 0.9),
}
BUYER = "company buyer"


def chosen() -> tuple[list[str], list[float]]:
    """Names and weights to draw from."""
    names = [name for name, persona in PERSONAS.items() if persona.share]
    return names, [PERSONAS[name].share for name in names]
