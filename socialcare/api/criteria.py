"""The conditions of an escalation rule, as one text: JSON in the form of the reference's queries for posts.

`{"type": "and", "clauses": [{"type": "or", "predicates": [{"dimension": "topic", "operator": "matches",
"value": "…"}]}]}`
All clauses must hold; of a clause of type "or" one predicate, and all its predicates are of one dimension.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from delivery.listening.models import EscalationRule, Platform, PostType, Sentiment
from socialcare.errors import Invalid

LISTS = {
    "platform": ("platforms", {value.lower(): value for value in Platform.values}),
    "language": ("languages", None),
    "sentiment": ("sentiments", {value.lower(): value for value in Sentiment.values}),
    "postType": ("post_types", {value.lower(): value for value in PostType.values}),
    "text": ("includes", None),
}
LEAST = {
    "followerCount": "followers_at_least",
    "likes": "likes_at_least",
    "shares": "shares_at_least",
    "comments": "comments_at_least",
    "views": "views_at_least",
}
EXCLUDED = "notExists"
LARGEST = 2**53
FIELD = "matchCriteria"


@dataclass
class Conditions:
    """What a text says: values of the rule's columns, and the ids of topics."""

    columns: dict[str, Any] = field(default_factory=dict)
    topics: list[uuid.UUID] = field(default_factory=list)


def read_criteria(text: str) -> Conditions:
    """The conditions that a text says; an empty one has none. Raises Invalid."""
    found = Conditions()
    for name in ("platforms", "languages", "sentiments", "post_types", "includes", "excludes"):
        found.columns[name] = []
    found.columns |= dict.fromkeys([*LEAST.values(), "verified"])
    for predicate in _predicates(_loaded(text)):
        _take(found, predicate)
    return found


def write_criteria(rule: EscalationRule) -> str:
    """The rule's conditions as a text that `read_criteria` understands."""
    clauses = [_any_of("topic", [str(topic.pk) for topic in rule.topics.all()])]
    clauses += [_any_of(dimension, getattr(rule, column)) for dimension, (column, _known) in LISTS.items()]
    alone = [{"dimension": "text", "operator": EXCLUDED, "value": term} for term in rule.excludes]
    if rule.verified is not None:
        alone.append({"dimension": "verifiedUser", "operator": "matches", "value": str(rule.verified).lower()})
    for dimension, column in LEAST.items():
        if (least := getattr(rule, column)) is not None:
            alone.append({"dimension": dimension, "operator": "matches", "range": {"gte": least}})
    whole: dict[str, Any] = {"type": "and", "clauses": [clause for clause in clauses if clause["predicates"]]}
    if alone:
        whole["predicates"] = [{"type": "dimension", **predicate} for predicate in alone]
    return json.dumps(whole, ensure_ascii=False)


def _any_of(dimension: str, values: list[str]) -> dict[str, Any]:
    common = {"type": "dimension", "dimension": dimension, "operator": "matches"}
    return {"type": "or", "predicates": [{**common, "value": value} for value in values]}


def _loaded(text: str) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong("This is not JSON.") from None
    if not isinstance(whole, Mapping):
        raise _wrong("An object with clauses or predicates is expected.")
    return whole


def _predicates(whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All predicates. Raises Invalid unless several of one dimension stand in one clause of type “or”."""
    if whole.get("type", "and") != "and":
        raise _wrong("The outer type is “and”: all clauses must hold.")
    seen: set[str] = set()
    for group in _groups(whole):
        excluding = [predicate for predicate in group if predicate.get("operator") == EXCLUDED]
        dimensions = {str(predicate.get("dimension")) for predicate in group if predicate not in excluding}
        if dimensions & seen or len(dimensions) > 1 or (excluding and len(group) > 1):
            raise _wrong("Each dimension stands once, or several times in a clause of type “or” that has no other.")
        seen |= dimensions
        yield from group


def _groups(whole: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    """Of each of which one predicate must hold."""
    yield from ([predicate] for predicate in _each(whole, "predicates"))
    for clause in _each(whole, "clauses"):
        if clause.get("type") == "or":
            yield list(_each(clause, "predicates"))
        else:
            yield from ([predicate] for predicate in _each(clause, "predicates"))


def _each(part: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    values = part.get(name)
    values = [] if values is None else values
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        raise _wrong(f"“{name}” is an array of objects.")
    yield from values


def _take(found: Conditions, predicate: Mapping[str, Any]) -> None:
    dimension, operator = str(predicate.get("dimension")), predicate.get("operator", "matches")
    if dimension == "text" and operator == EXCLUDED:
        found.columns["excludes"].append(_value(predicate))
    elif operator != "matches":
        raise _wrong("Only “matches” is possible, and “notExists” for text.")
    elif dimension == "topic":
        found.topics.append(_topic(_value(predicate)))
    elif dimension in LISTS:
        column, known = LISTS[dimension]
        value = _value(predicate)
        if known is not None and value.lower() not in known:
            raise _wrong(f"“{value[:40]}” is none of {', '.join(known.values())}.")
        found.columns[column].append(known[value.lower()] if known is not None else value)
    elif dimension == "verifiedUser":
        found.columns["verified"] = {"true": True, "false": False}.get(_value(predicate).lower())
    elif dimension in LEAST:
        found.columns[LEAST[dimension]] = _least(predicate)
    else:
        raise _wrong(f"Rules cannot ask for “{dimension[:40]}”.")


def _value(predicate: Mapping[str, Any]) -> str:
    value = predicate.get("value")
    if not isinstance(value, str) or not value.strip() or "\0" in value or not value.isprintable():
        raise _wrong("A predicate needs a value: a text in one line.")
    return value


def _topic(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise _wrong("The value of “topic” is the id of a topic.") from None


def _least(predicate: Mapping[str, Any]) -> int:
    wanted = predicate.get("range")
    if isinstance(wanted, Mapping):
        for name, more in (("gte", 0), ("gt", 1)):
            value: Any = wanted.get(name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if number and 0 <= value < LARGEST and set(wanted) == {name}:
                return int(value) + more
    raise _wrong("A number is asked for by a range with “gte” or “gt” alone.")


def _wrong(words: str) -> Invalid:
    return Invalid(words, field=FIELD)
