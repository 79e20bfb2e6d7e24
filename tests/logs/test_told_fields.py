from triage_tui.logs.formats.told_fields import told_fields


def test_what_a_line_shows_already_is_not_told_again_under_any_usual_name() -> None:
    record = {"ts": "2026-11-24T14:00:00Z", "lvl": "error", "traceId": "a-1", "msg": "boom", "status": 500}
    assert told_fields(record, "boom") == "status=500"
