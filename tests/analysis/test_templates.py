from __future__ import annotations

import random
import string

import polars as pl
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.templates import mine_templates, template_lines


def templates(*messages: str | None) -> list[str | None]:
    return mine_templates(pl.Series(messages, dtype=pl.String)).of_row.to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 15 ms", "took 2.5 s"),
        ("peer 10.0.0.7:8080 left", "peer cache.example.org:11211 left"),
        ("read /var/lib/data/part-07", "read /srv/x/y"),
        ("sent 705 bytes to a", "sent 2842 bytes (2.78 KB) to a"),
        ("user=ana logged in", "user=bo logged in"),
        ("order 7d1f2c90-5a4e-4f62-9a51-8d6d3e2a1b00 placed", "order 41 placed"),
        ("fetched https://a.example/x?y=1", "fetched http://b.example/"),
        ("retry in  5s", "retry in 10s"),
        ("session opened for user root", "session opened for user ana"),
        ("seen on Sun Jul 10 03:55:15 2005 by a", "seen on Mon Aug 1 13:05:00 2005 by a"),
    ],
)
def test_messages_that_differ_in_values_share_a_template(one: str, other: str) -> None:
    first, second = templates(one, other)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("session opened for request 1", "session closed for request 1"),
        ('10.0.0.1 "GET /a/b HTTP/1.1"', '10.0.0.1 "POST /a/b HTTP/1.1"'),
        ("task 1 started", "task 1 finished well"),
        ("connection refused", "connection reset"),
        ("user loaded from cache", "user created from cache"),
    ],
)
def test_messages_that_say_different_things_do_not(one: str, other: str) -> None:
    first, second = templates(one, other)
    assert first != second


def test_a_place_with_many_words_is_a_value_though_they_look_like_words() -> None:
    users = ("ana", "bo", "chen", "dora", "emil", "fay")
    found = templates(*(f"session opened for user {user}" for user in users))
    assert set(found) == {"session opened for user <*>"}


def test_a_place_with_two_words_is_a_choice() -> None:
    assert len(set(templates("the cache is warm now", "the cache is cold now"))) == 2


def test_null_and_empty_messages_and_empty_columns_are_survived() -> None:
    assert templates(None, "a message", "") == [None, "a message", ""]
    assert templates() == []


def test_the_order_of_the_rows_changes_nothing() -> None:
    records = log.requests(seed=5, noise=0.2)
    messages = [record["event"] for record in records]
    mixed = random.Random(1).sample(messages, len(messages))
    assert dict(zip(messages, templates(*messages), strict=True)) == dict(zip(mixed, templates(*mixed), strict=True))


def test_lines_of_known_templates_are_grouped_as_they_were_made() -> None:
    chance = random.Random(3)
    made = ("accepted {host}:{n} as {word}", "{word} wrote {n} bytes to {path}", "job {id} of {word} failed: {n}",
            "queue {word} has {n} entries", "lease {id} expired", "{n} of {n} workers idle")  # fmt: skip
    lines = [(kind, _filled(made[kind], chance)) for kind in chance.choices(range(len(made)), k=1200)]
    groups = templates(*(text for _, text in lines))
    kinds: dict[str | None, set[int]] = {}
    for (kind, _), group in zip(lines, groups, strict=True):
        kinds.setdefault(group, set()).add(kind)
    assert len(kinds) == len(made)
    assert all(len(found) == 1 for found in kinds.values())


def test_the_table_counts_the_records_of_each_template_and_names_their_lines() -> None:
    table = template_lines(log.frame(log.requests(seed=1, noise=0.1)))
    assert table["template"].item(0) == "request done"
    assert table["count"].sum() == table["lines"].list.len().sum()
    assert table["lines"].item(0).is_sorted()


def _filled(template: str, chance: random.Random) -> str:
    def word() -> str:
        return "".join(chance.choices(string.ascii_lowercase, k=6))

    for mark, value in (("{host}", f"{word()}.example.org"), ("{path}", f"/srv/{word()}/{word()}"), ("{word}", word()),
                        ("{id}", f"{chance.getrandbits(64):x}7")):  # fmt: skip
        template = template.replace(mark, value)
    while "{n}" in template:
        template = template.replace("{n}", str(chance.randint(0, 99_999)), 1)
    return template
