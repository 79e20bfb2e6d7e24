"""The hotfixes, rolling back first; what was taken, whether it worked, and the proper fix that each one owes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from textual.content import Content

from triage_tui.investigation.events import ActionItemWritten, HotfixTaken
from triage_tui.investigation.findings import Recovery
from triage_tui.investigation.hotfixes import HotfixOption, hotfix_catalogue, recovery_verdict
from triage_tui.investigation.state import ActionItem, Hotfix, Investigation
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import Decided, Said, TextWanted
from triage_tui.ui.panes.impact import source_names
from triage_tui.ui.phrases import clock, folded

CAPITAL_VERDICTS = {"recovered", "not_recovered"}
VERDICT_STYLES = {"recovered": "$state-up bold", "not_recovered": "$state-down bold", "too_early": "$state-degraded"}


class FixPane(RowsPane):
    """Stop the bleeding, then see whether it stopped. The commands are for copying; nothing here is run."""

    TITLE = "Fix and verify"

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the findings, the hotfixes taken and the action items."""
        return (investigation.findings, investigation.hotfixes, investigation.actions)

    def completeness(self, investigation: Investigation) -> str:
        """Return how much was taken and is owed."""
        owed = sum(1 for item in investigation.actions if item.proper_fix_for and not item.owner)
        return f"{len(investigation.hotfixes)} taken · {owed} without an owner"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return what was taken and its effect, then the catalogue, then the action items."""
        taken = [_taken_row(hotfix, width) for hotfix in investigation.hotfixes]
        recovery = investigation.findings.recovery if investigation.findings else None
        options = [_option_row(option, width) for option in hotfix_catalogue(investigation.findings)]
        items = [_item_row(item, width) for item in investigation.actions]
        return [
            *taken,
            *([_recovery_row(recovery, width)] if recovery is not None else []),
            _heading("Hotfixes", "Enter notes one as taken · y copies its command · nothing is run"),
            *options,
            _heading("Action items", "Enter writes mechanism, owner and date"),
            *items,
            Row((Content.styled("  write another action item", "$muted"),), key="new-item"),
        ]

    def open_selected(self) -> None:
        """Note the selected hotfix as taken, or write the selected action item."""
        row, investigation = self.selected_row(), self.investigation
        if row is None or investigation is None:
            return
        option = next((one for one in hotfix_catalogue(investigation.findings) if one.kind == row.key), None)
        item = next((one for one in investigation.actions if one.id == row.key), None)
        if option is not None:
            self._ask_prediction(option, investigation)
        elif item is not None or row.key == "new-item":
            self._ask_mechanism(item or ActionItem(id=f"action-{len(investigation.actions) + 1}", mechanism=""))

    def _ask_prediction(self, option: HotfixOption, investigation: Investigation) -> None:
        """Ask before the fix what it will do, since afterwards anything looks like what was expected."""
        question = f"{option.description}: what will be seen if this works, and by when?"
        self.post_message(TextWanted(question, partial(self._ask_when, option, investigation), required=False))

    def _ask_when(self, option: HotfixOption, investigation: Investigation, prediction: str) -> None:
        moment = likely_fix_time(investigation)
        self.post_message(
            TextWanted(f"{option.description}: in place since when? (UTC)", partial(self._take, option, prediction),
                       f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        )  # fmt: skip

    def _take(self, option: HotfixOption, prediction: str, when: str) -> None:
        moment = moment_in(when)
        if moment is None:
            self.post_message(Said(f"{when!r} is no time; write it as 2026-11-24T14:00:03Z", wrong=True))
            return
        hotfix = Hotfix(kind=option.kind, description=option.description, taken_at=moment, prediction=prediction)
        self.post_message(Decided(HotfixTaken(at=datetime.now(UTC), hotfix=hotfix)))
        self.post_message(Said(f"taken: {option.description}. Its proper fix is now an action item."))

    def _ask_mechanism(self, item: ActionItem) -> None:
        suggestion = item.mechanism or self._proper_fix(item)
        question = "What will be done, by which mechanism?"
        self.post_message(TextWanted(question, partial(self._ask_owner, item), suggestion))

    def _ask_owner(self, item: ActionItem, mechanism: str) -> None:
        self.post_message(
            TextWanted(
                "Who owns it? (may be left empty)", partial(self._ask_due, item, mechanism), item.owner, required=False
            )
        )

    def _ask_due(self, item: ActionItem, mechanism: str, owner: str) -> None:
        self.post_message(
            TextWanted(
                "Until when? (may be left empty)",
                partial(self._write_item, item, mechanism, owner),
                item.due,
                required=False,
            )
        )

    def _write_item(self, item: ActionItem, mechanism: str, owner: str, due: str) -> None:
        written = ActionItem(id=item.id, mechanism=mechanism, owner=owner, due=due, proper_fix_for=item.proper_fix_for)
        self.post_message(Decided(ActionItemWritten(at=datetime.now(UTC), item=written)))

    def _proper_fix(self, item: ActionItem) -> str:
        findings = self.investigation.findings if self.investigation else None
        options = hotfix_catalogue(findings)
        return next((one.proper_fix for one in options if one.description == item.proper_fix_for), "")


def likely_fix_time(investigation: Investigation) -> datetime:
    """Return when the bleeding was probably stopped: the last recorded rollback, else the end of what was fetched."""
    changes = investigation.findings.changes if investigation.findings else ()
    undone = [change.at for change in changes if change.title.lower().startswith(("roll back", "rollback", "revert"))]
    window = investigation.full_window
    return max(undone, default=window.end if window else datetime.now(UTC))


def moment_in(text: str) -> datetime | None:
    """Read an RFC 3339 time, UTC where it names no zone; None where it is no time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _heading(title: str, note: str) -> Row:
    return Row((Content.assemble((title, "bold $pane-title"), (f"  {note}", "$muted")),))


def _taken_row(hotfix: Hotfix, width: int) -> Row:
    lines = folded(f"taken {clock(hotfix.taken_at)}: {hotfix.description}", width, hanging=2, style="$state-up bold")
    predicted = f"predicted: {hotfix.prediction}" if hotfix.prediction else "nothing was predicted"
    lines += folded(predicted, width, indent=2, hanging=4, style="" if hotfix.prediction else "$muted")
    text = f"{hotfix.description}; {predicted}"
    return Row(tuple(lines), key=f"taken:{hotfix.taken_at}", moment=hotfix.taken_at, text=text)


def _recovery_row(recovery: Recovery, width: int) -> Row:
    style = VERDICT_STYLES.get(recovery.verdict, "")
    verdict = recovery_verdict(recovery)
    shown = verdict.upper() if recovery.verdict in CAPITAL_VERDICTS else verdict
    source = source_names(recovery) or "analysis"
    lines = folded(f"did it work? {shown} ({source})", width, hanging=2, style=style)
    for reason in recovery.because:
        lines += folded(reason, width, indent=2, hanging=4)
    text = "; ".join((verdict, *recovery.because))
    pin = PinDraft(f"did it work: {text}", source, recovery.fixed_at)
    return Row(tuple(lines), key="recovery", moment=recovery.fixed_at, pin=pin, text=text)


def _option_row(option: HotfixOption, width: int) -> Row:
    lines = folded(option.description, width, indent=2, style="bold" if option.fits else "")
    if option.fits:
        lines += folded(f"+ {option.fits}", width, indent=4, hanging=6)
    lines += folded(f"− {option.caution}", width, indent=4, hanging=6, style="$muted")
    if option.command:
        lines += folded(f"$ {option.command}", width, indent=4, hanging=6, style="$key")
    return Row(tuple(lines), key=option.kind, text=option.command or option.description)


def _item_row(item: ActionItem, width: int) -> Row:
    owed = f" (proper fix for: {item.proper_fix_for})" if item.proper_fix_for else ""
    lines = folded(f"{item.mechanism or 'not written yet'}{owed}", width, indent=2, hanging=4)
    owner, due = item.owner or "no owner", item.due or "no date"
    lines += folded(f"{owner} · {due}", width, indent=4, style="" if item.owner and item.due else "$level-warning")
    return Row(tuple(lines), key=item.id, text=item.mechanism)
