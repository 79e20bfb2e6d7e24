from __future__ import annotations

from tests.lab.load import Traffic


def test_the_same_seed_sends_the_same_calls() -> None:
    first, second = Traffic(3), Traffic(3)
    assert [first.next_call() for _ in range(200)] == [second.next_call() for _ in range(200)]


def test_two_hundred_users_call_every_endpoint_but_reports_only_once_they_are_out() -> None:
    traffic = Traffic(3)
    before = [traffic.next_call() for _ in range(3000)]
    traffic.reports = True
    after = [traffic.next_call() for _ in range(3000)]
    assert len({call.user for call in before} - {None}) == 200
    assert "/api/reports/generate" not in {call.path for call in before}
    backwards = [call for call in after if call.query and call.query["end"] < call.query["start"]]
    reports = [call for call in after if call.query]
    assert 0.05 < len(reports) / len(after) < 0.11
    assert 0.1 < len(backwards) / len(reports) < 0.25


def test_a_user_keeps_one_address() -> None:
    traffic = Traffic(3)
    addresses: dict[int | None, set[str]] = {}
    for call in (traffic.next_call() for _ in range(2000)):
        addresses.setdefault(call.user, set()).add(call.headers()["x-forwarded-for"])
    assert {len(seen) for seen in addresses.values()} == {1}
