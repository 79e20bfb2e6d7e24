"""Walking the nine steps: moving, and saying why a step is left open."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial

from triage_tui.investigation.counting import counted
from triage_tui.investigation.events import LastUndone, StepEntered
from triage_tui.investigation.steps import Step, may_stop_the_bleeding, open_questions
from triage_tui.investigation.suggestions import suggest
from triage_tui.ui.messages import TextWanted
from triage_tui.ui.screens.answering import Answering
from triage_tui.ui.screens.case_screen import CaseScreen, now


class StepWalk(CaseScreen):
    """The part of the main screen that knows the steps and their questions."""

    def __init__(self) -> None:
        super().__init__()
        self.answering = Answering(self)
        self._offered_fix = False

    def action_next_step(self) -> None:
        """Go on; where the service is fully down, offer to stop the bleeding first."""
        from triage_tui.ui.screens.prompt import OfferScreen

        if self.case.step is Step.POSTMORTEM:
            self.tell("this is the last step: x writes the post-mortem to a file")
        elif self.case.step >= Step.IMPACT and may_stop_the_bleeding(self.case) and not self._offered_fix:
            self._offered_fix = True
            self.app.push_screen(
                OfferScreen(
                    "The service is fully down. Stop the bleeding first?", "Enter goes to step 8 · Esc goes on"
                ),
                self._offer_answered,
            )
        else:
            self._leave_for(Step(self.case.step + 1))

    def _offer_answered(self, taken: bool | None) -> None:
        if taken:
            self.decide(StepEntered(at=now(), step=Step.FIX, reason="fully down: stop the bleeding first"))
        else:
            self._leave_for(Step(self.case.step + 1))

    def action_previous_step(self) -> None:
        """Go back; what was answered stays."""
        if self.case.step is Step.ALERT:
            self.tell("this is the first step")
        else:
            self._leave_for(Step(self.case.step - 1))

    def action_go_to_step(self, number: int) -> None:
        """Go to a step by its number, or back to the pane of this one."""
        if number == self.case.step:
            self.show_step()
        else:
            self._leave_for(Step(number))

    def _leave_for(self, step: Step) -> None:
        """Move; going on from open questions, unless that was explained before, asks for a reason."""
        left_open = open_questions(self.case, self.case.step)
        explained = any(skipped.step is self.case.step for skipped in self.case.skipped)
        if step < self.case.step or not left_open or explained:
            self._enter(step, "")
            return
        count = f"{counted(len(left_open), 'question')} {'is' if len(left_open) == 1 else 'are'}"
        suggested = sum(1 for question in left_open if suggest(question.id, self.case))
        hint = f" (Esc, then A accepts {counted(suggested, 'suggested answer')})" if suggested else ""
        self.post_message(TextWanted(f"{count} open here. Why move on?{hint}", partial(self._enter, step)))

    def _enter(self, step: Step, reason: str) -> None:
        self.answering.from_first()
        self.decide(StepEntered(at=now(), step=step, reason=reason))

    @abstractmethod
    def show_step(self) -> None:
        """Bring the pane of the step to the front again."""

    @abstractmethod
    def show_question(self) -> None:
        """Draw the open question again."""

    def action_next_question(self) -> None:
        """Look at the next open question; this one stays open."""
        self.answering.pass_over()
        self.show_question()

    def action_answer(self) -> None:
        """Accept the suggested answer; where there is none, ask for one."""
        self.answering.accept()

    def action_write_answer(self) -> None:
        """Answer in one's own words."""
        self.answering.write()

    def action_answer_all(self) -> None:
        """Accept every suggested answer of the step."""
        self.answering.accept_all()

    def action_hypothesis(self) -> None:
        """Write a hypothesis."""
        self.answering.write_hypothesis()

    def action_undo(self) -> None:
        """Take the last decision back, and say which it was."""
        from triage_tui.ui.undo import undo_words  # not before the first frame

        words = undo_words(self.case)
        if words:
            self.decide(LastUndone(at=now()))
        self.tell(f"undone: {words}" if words else "nothing to undo")
