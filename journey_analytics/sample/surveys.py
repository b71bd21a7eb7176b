"""Answers to the shop's survey (NPS and satisfaction, with a comment), as a survey tool exports them."""

from __future__ import annotations

from datetime import datetime

from journey_analytics.sample.model import Deed, Person, Row, World
from journey_analytics.sample.stores import local_time

COLUMNS = ("response_id", "responded_at", "survey_type", "score", "comment", "email")
_GLAD = (
    "Delivered within two days, rides like a dream.",
    "Good advice in the store, honest about what I do not need.",
    "The e-bike guide answered every question I had.",
    "",
    "Service is quick, thank you!",
)
_CROSS = (
    "Waited three weeks for a lock.",
    "The payment page did not work on my phone.",
    "Nobody answers the phone.",
    "Handlebar was loose; had to tighten it myself.",
    "",
)


def ask(world: World, person: Person, at: datetime, *, happy: bool, survey: str = "nps") -> None:
    """An answer, if it falls into the sample."""
    random = person.random
    at = at.replace(second=0, microsecond=0)
    luck = random.random() + (0.25 if happy else 0)
    if survey == "nps":
        score = 10 if luck > 0.85 else 9 if luck > 0.65 else int(5 + luck * 5)
    else:
        score = 5 if luck > 0.6 else 4 if luck > 0.4 else int(1 + luck * 5)
    good = luck > 0.55
    comment = random.choice(_GLAD if good else _CROSS)
    response = f"r{person.key[1:]}-{random.getrandbits(28):07x}"
    body = {"response_id": response, "responded_at": local_time(at), "survey_type": survey, "score": str(score)}
    body |= {"comment": comment, "email": person.email}
    deed = Deed("survey_answered", score=score if survey == "nps" else None)
    if world.add(Row("surveys", at, at, body, person.key, (("email", person.email),), response, deeds=(deed,))):
        world.story["surveys"] += 1
