"""What is new since someone looked: a mark in words on each pane's border, gone with the next key in that pane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage_tui.investigation.state import Investigation
    from triage_tui.ui.evidence_pane import EvidencePane
    from triage_tui.ui.news import Facts


class Attention:
    """Knows what each pane showed when someone looked at it last: at the last key while it had the keys.

    A pane that was never looked at counts from the first findings. Nothing is new in a replay.
    """

    def __init__(self, panes: Mapping[str, EvidencePane], *, live: bool) -> None:
        self._panes, self._live = panes, live
        self._seen: dict[str, Facts] = {}
        self._news: dict[str, str] = {}
        self._drawn: tuple[object, ...] = ()

    def follow(self, now: Investigation) -> None:
        """Compare a snapshot with what was seen, where it differs in what panes show, and mark the panes."""
        if not self._live:
            return
        parts = (now.findings, now.evidence, now.failures)
        same = bool(self._drawn) and all(new is old for new, old in zip(parts, self._drawn, strict=True))
        if now.findings is not None and not same:
            self._drawn = parts
            self._compare(now)
        self.mark()

    def _compare(self, now: Investigation) -> None:
        from triage_tui.ui.news import PANES, facts_of, news_of

        for pane in PANES:
            if pane in self._seen:
                self._news[pane] = news_of(pane, self._seen[pane], now)
            else:
                self._seen[pane] = facts_of(pane, now)

    def looked(self, pane: str, now: Investigation | None) -> bool:
        """Take note that someone looks at a pane; True where there was something new in it."""
        if now is None or not self._news.pop(pane, ""):
            return False
        from triage_tui.ui.news import facts_of

        self._seen[pane] = facts_of(pane, now)
        self.mark()
        return True

    def mark(self) -> None:
        """Write the news on the borders, also of panes that were made since."""
        for name, pane in self._panes.items():
            pane.tell_news(self._news.get(name, ""))

    def elsewhere(self, shown: Iterable[str]) -> tuple[str, ...]:
        """Name the panes out of sight that have news."""
        return tuple(name for name, news in self._news.items() if news and name not in shown)
