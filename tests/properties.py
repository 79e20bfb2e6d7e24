"""On how many examples a property is tried, where a hundred are too many or too few."""

from hypothesis import settings

_USUAL = 100


def examples(count: int) -> settings:
    """Try so many where others are tried on a hundred; a profile with more examples has more of these in proportion."""
    return settings(max_examples=max(1, count * settings().max_examples // _USUAL))
