"""The filters in force, in one line above the log."""

from __future__ import annotations

import msgspec
from textual.content import Content

from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.one_line import OneLine

LONGEST_FILTER = 40


class FilterFacts(msgspec.Struct, frozen=True):
    """The filters as they were typed, and for each one that is none, why: the filter, a colon and the reason."""

    filters: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class FilterLine(OneLine[FilterFacts]):
    """Every filter, the ones that are none crossed; the last ones are cut where there is no room."""

    def draw(self, facts: FilterFacts, width: int) -> Content:
        """Return the line for so many cells."""
        return filters_content(facts).truncate(max(width, 0), ellipsis=True)


def filters_content(facts: FilterFacts) -> Content:
    """Draw the filters, then what is wrong with them."""
    parts = [Content.styled(" & ", "bold $key")]
    for number, text in enumerate(facts.filters):
        wrong = any(problem.startswith(f"{text}:") for problem in facts.problems)
        parts += [Content.styled(" · ", "$muted")] if number else []
        parts += [Content.styled("✗ ", "$missing")] if wrong else []
        parts.append(SafeText(text, cells=LONGEST_FILTER).content("$missing" if wrong else "bold"))
    parts += [Content.styled("  ", "$muted") + SafeText(problem).content("$missing") for problem in facts.problems]
    return Content("").join(parts)
