"""Support tickets with their text, as Zendesk's API answers them: tickets, comments and users."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from journey_analytics.sample import surveys
from journey_analytics.sample.model import Deed, Person, Row, World

STAFF = 360_000_001
_TOPICS: dict[str, tuple[str, str]] = {
    "delivery": ("Where is my order?", "I ordered a week ago and heard nothing since. When does it come?"),
    "damage": ("Scratch on the frame", "There is a scratch on the frame, see the photo. What can you do about it?"),
    "assembly": (
        "How do I mount the panniers?",
        "The screws in the bag do not fit the rack. Did I get the wrong ones?",
    ),
    "payment": ("Charged twice", "My card was charged twice for one order. Please pay one of them back."),
    "refund": ("Sending it back", "The size is wrong, I have sent it back. When do I get my money?"),
    "question": ("Which lock fits?", "Which lock fits the cargo bike, and is it insured?"),
}
_ANSWER = "Thank you for writing to us. We have looked into it and come back to you within a day."
_THANKS = ("That helped, thank you!", "It still does not work.", "Fine, I will wait then.")


def ask(world: World, person: Person, at: datetime, topic: str) -> None:
    """A ticket, what is written back and forth, its solution and the rating of it."""
    random = person.random
    at = at.replace(microsecond=0)
    if at >= world.end - timedelta(days=8):
        return  # so that no ticket is half in the files
    topic = topic or random.choice(tuple(_TOPICS))
    subject, text = _TOPICS[topic]
    requester = 361_000_000 + int(person.key[1:])
    if not person.tickets:
        _user(world, person, requester, at)
    person.tickets += 1
    ticket = int(person.key[1:]) * 10 + min(person.tickets, 9) + 1_000_000
    if person.tickets > 9:
        return
    solved = at + timedelta(hours=random.uniform(20, 150))
    replied = at + timedelta(hours=random.uniform(1, 18))
    solved, replied = solved.replace(microsecond=0), replied.replace(microsecond=0)
    luck = random.random()
    score = "good" if luck < 0.22 else "bad" if luck < 0.3 else "offered"
    body = {
        "id": ticket,
        "created_at": _iso(at),
        "updated_at": _iso(solved),
        "requester_id": requester,
        "submitter_id": requester,
        "assignee_id": STAFF,
        "organization_id": None,
        "status": "solved",
        "subject": subject,
        "description": text,
        "tags": [topic],
        "via": {"channel": "web"},
        "satisfaction_rating": {"score": score},
    }
    deeds = [Deed("ticket_created"), Deed("ticket_solved", "company", at=solved)]
    if score != "offered":
        deeds.append(Deed("survey_answered", at=solved))
    _add(world, person, "tickets", at, body, requester, tuple(deeds))
    world.story["tickets"] += 1
    _comment(world, person, ticket, 1, requester, text, at, "ignored: the ticket's own text")
    _comment(world, person, ticket, 2, STAFF, _ANSWER, replied)
    if random.random() < 0.5:
        _comment(world, person, ticket, 3, requester, random.choice(_THANKS), replied + timedelta(minutes=55))
    if random.random() < 0.3:
        surveys.ask(world, person, solved + timedelta(days=1), happy=score == "good", survey="csat")


def _user(world: World, person: Person, requester: int, at: datetime) -> None:
    body = {"id": requester, "name": f"{person.given} {person.family}", "email": person.email}
    body |= {"role": "end-user", "created_at": _iso(at), "restricted_agent": True, "ticket_restriction": "requested"}
    row = Row("users", at, at, body, person.key, (("requester", str(requester)), ("email", person.email)))
    row.fate = "ignored: links only"
    world.add(row)


def _comment(
    world: World, person: Person, ticket: int, number: int, author: int, text: str, at: datetime, fate: str = ""
) -> None:
    body = {"id": ticket * 10 + number, "ticket_id": ticket, "author_id": author, "public": True, "body": text}
    actor = "company" if author == STAFF else "customer"
    deeds = () if fate else (Deed("ticket_replied", actor),)
    requester = 361_000_000 + int(person.key[1:])
    _add(world, person, "comments", at, {**body, "created_at": _iso(at)}, requester, deeds, fate)


def _add(
    world: World,
    person: Person,
    stream: str,
    at: datetime,
    body: dict[str, Any],
    requester: int,
    deeds: tuple[Deed, ...],
    fate: str = "",
) -> None:
    row = Row(stream, at, at, body, person.key, (("requester", str(requester)),), fate=fate, deeds=deeds)
    world.add(row)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds") + "Z"
