"""Which columns say who it was: by content where content can tell, else by name and by how often values recur."""

from __future__ import annotations

import re

from journey_analytics.guess.columns import is_email, is_number
from journey_analytics.guess.model import Column, plain_name

_NOT_THE_CUSTOMER = re.compile(
    r"sender|from|agent|owner|assign|employee|operator|reply|created_by|author|seller|rep(_|$)|bcc|(^|_)cc(_|$)"
)
#: Kind -> names, most telling first. Kinds before `cookie` are persons.
_NAMES: tuple[tuple[str, str], ...] = (
    ("user_id", r"user_?id|userid|uid|user|member(_?id)?|login|user_?name|gebruiker(_?id)?|benutzer(_?id)?"),
    ("user_id", r"customer(_?(id|no|nr|number|key))?|cust_?id|client_?(no|nr|number)|klant(_?(id|nr|nummer))?"
                r"|kunde(n?_?(id|nr|nummer))?|buyer_?id|shopper_?id|subscriber_?id|patient_?id|guest_?id"),
    ("crm_contact", r"(crm_?)?(contact|lead|person|prospect)(_?(id|no|nr))?|vid|crm_?id"),
    ("cookie", r"(anonymous|visitor|cookie|fullvisitor|domain_user)(_?id)?|browser_?id|anon_?id|client_?id"
               r"|besucher(_?id)?|bezoeker(_?id)?|distinct_?id|tracking_?id"),
    ("device_id", r"device(_?id)?|idfa|idfv|gaid|aaid|advertising_?id|installation_?id|push_?token"),
    ("loyalty_card", r"(loyalty_?)?card(_?(no|nr|number|id))?"),
    ("account", r"(account|company|organi[sz]ation|org|tenant|workspace|firm)(_?(id|no|nr|key))?"),
)  # fmt: skip
_PHONE_NAME = re.compile(r"phone|mobile|msisdn|telefon|rufnummer|telnr|(^|_)tel(_|$)|handy|gsm")
_PHONE = re.compile(r"(\+|00)?[\d\s().\-/]{7,20}")
_IP = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+")


def identifiers(columns: list[Column], taken: set[str]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The identifiers of a log.

    Args:
        columns: Its columns.
        taken: Columns that are something else.

    Returns:
        Kind -> column; kind -> why; kind -> what to check.
    """
    found: dict[str, str] = {}
    why: dict[str, str] = {}
    doubts: dict[str, str] = {}

    def take(kind: str, column: Column, reason: str, doubt: str = "") -> None:
        found[kind], why[kind] = column.name, reason
        if doubt:
            doubts[kind] = doubt

    free = [column for column in columns if column.name not in taken and column.values]
    for kind, names in _NAMES:
        if kind in found:
            continue
        for column in free:
            if column.name in found.values() or not re.fullmatch(names, _full_name(column)):
                continue
            if column.share(is_email) > 0.5 or _NOT_THE_CUSTOMER.search(column.plain):
                continue
            few = len(column.values) >= 30 and column.distinct <= 5
            if few and (kind == "device_id" or not re.search(r"id|no|nr|num|key|card", column.plain)):
                continue  # a class of things (Mobile, Desktop), not one of them
            lone = len(column.values) >= 20 and column.distinct == 1
            doubt = "only one value" if lone else ""
            if kind == "loyalty_card" and "loyal" not in column.plain:
                doubt = "a loyalty card? Take it out if it is a payment card"
            take(kind, column, f"by its name, {column.distinct} different", doubt)
            break
    mails = [column for column in free if column.name not in found.values() and column.share(is_email) >= 0.6]
    mails.sort(key=lambda column: (bool(_NOT_THE_CUSTOMER.search(column.plain)), -column.filled))
    if mails and not (_NOT_THE_CUSTOMER.search(mails[0].plain) and found):
        doubt = f"also {', '.join(c.name for c in mails[1:])} holds addresses" if len(mails) > 1 else ""
        if _NOT_THE_CUSTOMER.search(mails[0].plain):
            doubt = "its name speaks of someone else than the customer"
        take("email", mails[0], "values are e-mail addresses", doubt)
    for column in free:
        named = bool(_PHONE_NAME.search(column.plain))
        international = column.share(lambda value: value.startswith("+")) > 0.8
        fits = (named or international) and column.share(_PHONE.fullmatch) > 0.7
        if fits and "phone" not in found and column.name not in found.values():
            national = "" if international else "numbers without country: set options: {phone_country: …}"
            take("phone", column, "values are telephone numbers", national)
    if not [kind for kind in found if kind != "account"]:
        _last_resort(free, found, take)
    order = ["user_id", "crm_contact", "email", "phone", "loyalty_card", "cookie", "device_id"]
    ranked = sorted(found, key=lambda kind: order.index(kind) if kind in order else len(order))
    return {kind: found[kind] for kind in ranked}, why, doubts


def _full_name(column: Column) -> str:
    """A column's plain name; the `id` of an object `user` is its `user_id`."""
    above = column.name.rpartition(".")[0]
    return f"{plain_name(above)}_id" if column.plain == "id" and above else column.plain


def _last_resort(free: list[Column], found: dict[str, str], take: object) -> None:
    """Nothing is named as a person: a column of ids whose values recur, else network addresses."""
    assert callable(take)
    ids = [
        column
        for column in free
        if column.name not in found.values()
        and re.search(r"(^|_)(id|key|nr|no|hash|code|guid|uuid)$", column.plain)
        and not re.search(r"session|event|message|order|product|item|sku|campaign|row|page|request", column.plain)
        and not _NOT_THE_CUSTOMER.search(column.plain)
        and column.distinct > 1
        and column.filled > 0.5
    ]
    ids.sort(key=lambda column: (column.unique, -column.filled, -column.distinct))
    if ids:
        kind = re.sub(r"[^a-z0-9_]", "", ids[0].plain) or "person"
        take(kind, ids[0], "ids whose values recur", "nothing says that this is a customer")
        return
    for column in free:
        if column.share(_IP.fullmatch) > 0.8 and not column.share(is_number) > 0.8:
            take("ip", column, "network addresses, for want of anything better", "several people may share one")
            return


def unnamed_identifier(columns: list[Column], taken: set[str]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Of a table without names: the column of codes that recur most like customers do; as `identifiers`."""
    codes = [
        column
        for column in columns
        if column.name not in taken
        and column.filled > 0.5
        and 1 < column.distinct < len(column.values)
        and column.share(lambda value: re.fullmatch(r"[\w\-]*\d[\w\-]*", value)) > 0.9
    ]
    if not codes:
        return {}, {}, {}
    best = max(codes, key=lambda column: column.distinct)
    why = {"user_id": f"codes that recur, {best.distinct} different"}
    return {"user_id": best.name}, why, {"user_id": "nothing names this column: is it the customer?"}


def event_id(columns: list[Column], taken: set[str], rows: int, *, of_people: bool = False) -> Column | None:
    """The column that is different in every row and named as an id.

    Args:
        columns: The table's columns.
        taken: Columns that are something else.
        rows: How many rows were looked at.
        of_people: Whether a row is a person, so that the person's id is the row's. Else it is none, however different
            its values are: the next event of the same person would be taken for a duplicate.
    """
    best: Column | None = None
    for column in columns:
        if column.name in taken or not column.unique or rows < 2:
            continue
        if not of_people and any(re.fullmatch(names, _full_name(column)) for _, names in _NAMES):
            continue
        if re.fullmatch(r"(event|message|msg|log|hit|record|row|insert)_?(id|uuid|guid)", column.plain):
            return column
        if re.fullmatch(r"id|uuid|guid|_id|.*_(id|uuid|guid|nr|no)", column.plain) and best is None:
            best = column
    return best
