"""Joining masked messages that differ in values which do not look like values, such as names of users."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

WILDCARD = "<*>"
# So many words in one place of an otherwise equal message are values; fewer will do where they look like identifiers.
_ENOUGH_WORDS, _ENOUGH_NAMES = 5, 3
_LEAST_CONSTANT = 2  # words that the joined messages must still share
_MOST_WORK = 100_000  # messages of one length times places to try, beyond which joining is not worth its time
_NAME = re.compile(r".*(?:[\w][._/@\\:$-]+[\w]|[a-z][A-Z])")

Words = tuple[str, ...]


def merged_templates(masked: Sequence[str]) -> list[str]:
    """Return a template for each masked message; their order changes nothing.

    Messages of the same number of words that agree but for one place, or for two places that change together, are
    joined where that place has many words. It is the idea of looking for the longest pattern that messages of one
    length have in common (Brain, Yu et al., IEEE TSC 2023) with the number of different words as the test.
    """
    words = {message: tuple(message.split(" ")) for message in masked}
    joined: dict[Words, Words] = {one: one for one in words.values()}
    by_length: dict[int, set[Words]] = defaultdict(set)
    for one in joined:
        by_length[len(one)].add(one)
    for _, messages in sorted(by_length.items()):
        _join(messages, joined)
    return [" ".join(_final(words[message], joined)) for message in masked]


def _join(messages: set[Words], joined: dict[Words, Words]) -> None:
    """Join over one place, then over two; each join may make the next one possible."""
    current = set(messages)
    for places in (1, 2):
        spots = list(combinations(range(len(next(iter(messages)))), places))
        found = True
        while found and len(current) * len(spots) <= _MOST_WORK:
            joins: dict[Words, Words] = {}
            for chosen in spots:
                joins |= _joins_at(current - joins.keys(), chosen)
            joined.update(joins)
            current = (current - joins.keys()) | set(joins.values())
            found = bool(joins)


def _joins_at(messages: Iterable[Words], spots: tuple[int, ...]) -> dict[Words, Words]:
    groups: dict[Words, list[Words]] = defaultdict(list)
    for message in messages:
        groups[_without(message, spots)].append(message)
    joins: dict[Words, Words] = {}
    for template, members in groups.items():
        if len(members) > 1 and _is_constant_enough(template) and all(_are_values(members, spot) for spot in spots):
            joins |= {member: template for member in members if member != template}
    return joins


def _without(message: Words, spots: tuple[int, ...]) -> Words:
    for spot in spots:
        message = (*message[:spot], WILDCARD, *message[spot + 1 :])
    return message


def _is_constant_enough(template: Words) -> bool:
    return sum(1 for word in template if word != WILDCARD and any(map(str.isalpha, word))) >= _LEAST_CONSTANT


def _are_values(members: list[Words], spot: int) -> bool:
    found = {member[spot] for member in members}
    if WILDCARD in found or any(WILDCARD in word for word in found):
        return len(found) > 1
    names = sum(1 for word in found if _NAME.match(word))
    return len(found) >= _ENOUGH_WORDS or (len(found) >= _ENOUGH_NAMES and names == len(found))


def _final(message: Words, joined: dict[Words, Words]) -> Words:
    while joined.get(message, message) != message:
        message = joined[message]
    return message
