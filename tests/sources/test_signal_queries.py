import pytest

from triage_tui.sources.common.signal_queries import metric_sets, ready_made


@pytest.mark.parametrize("name", sorted(metric_sets()))
@pytest.mark.parametrize("selector", ["", 'job="orders"'])
def test_every_ready_made_query_is_filled_in(name: str, selector: str) -> None:
    queries = ready_made(name, service="orders", selector=selector, rate_window_s=60)
    assert {one.role for one in queries} & {"errors", "saturation"}
    for query in queries:
        assert "<" not in query.promql
        assert query.promql.count("{") == query.promql.count("}")
        assert selector in query.promql
        assert "{," not in query.promql


def test_an_unknown_set_is_an_error() -> None:
    with pytest.raises(KeyError):
        ready_made("spring", service="orders", selector="", rate_window_s=60)
