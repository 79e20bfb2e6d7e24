"""Every command, declared once: bindings, footer, help and palette are all made from this list.

One key means one thing everywhere. A command is carried out by the screen of its scope, or by the pane that ``pane``
names, whichever pane has the focus.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec
from textual.binding import Binding

from triage_tui.investigation.steps import Step


class Scope(StrEnum):
    """Where a command applies."""

    ANYWHERE = "anywhere"
    BROWSING = "browsing"
    START = "start"
    INVESTIGATION = "investigation"
    TRACE = "trace"
    DIFF = "diff"
    FIELDS = "fields"
    SUSPECTS = "suspects"


class Command(msgspec.Struct, frozen=True):
    """One thing that a key does.

    Attributes:
        id: names the action and, in a key map of the user's, the binding.
        keys: Textual's key names; the first is shown.
        label: the word beside the key in the footer.
        tooltip: the sentence in help and palette.
        group: the heading in help.
        scopes: the screens where it applies.
        footer: order in the footer, 1 first and last to be dropped; 0 keeps it out.
        pane: the pane that carries it out; "" for the screen itself.
        only_at: panes at which the footer shows it; () for all.
        palette: whether the palette lists it.
        action: the action where it is not named after the id.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    tooltip: str
    group: str
    scopes: tuple[Scope, ...] = (Scope.INVESTIGATION,)
    footer: int = 0
    pane: str = ""
    only_at: tuple[str, ...] = ()
    palette: bool = True
    action: str = ""

    @property
    def bound_action(self) -> str:
        """The action string that Textual runs."""
        action = self.action or self.id
        return f"on_pane('{self.pane}', '{action}')" if self.pane else action


_BROWSING = (Scope.BROWSING,)

STEPS = "Steps"
PANES = "Panes"
CLOCK = "The one clock"
LOGS = "Logs and traces"
NOTEBOOK = "Notebook and post-mortem"
PROGRAM = "Program"

_STEP_COMMANDS = tuple(
    Command(f"step_{step.value}", (str(step.value),), step.title, f"Go to step {step.value}, {step.title}", STEPS,
            action=f"go_to_step({step.value})")
    for step in Step
)  # fmt: skip

COMMANDS: tuple[Command, ...] = (
    Command("next_step", ("right_square_bracket",), "next", "Go to the next step", STEPS, footer=2),
    Command("previous_step", ("left_square_bracket",), "back", "Go to the step before", STEPS, footer=9),
    *_STEP_COMMANDS,
    Command("answer", ("a",), "answer", "Accept the suggested answer, or write one", STEPS, footer=1),
    Command("answer_all", ("A",), "answer all", "Accept every suggested answer of this step", STEPS, footer=8),
    Command("write_answer", ("i",), "own words", "Answer the open question in your own words", STEPS),
    Command("next_question", ("v",), "next question", "Look at this step's next open question", STEPS),
    Command("undo", ("U",), "undo", "Take the last decision back", STEPS, footer=14),
    Command("next_pane", ("tab",), "pane", "Go to the next pane", PANES, footer=3),
    Command("previous_pane", ("shift+tab",), "pane back", "Go to the pane before", PANES),
    Command("zoom", ("z",), "zoom", "Show this pane alone, or all again", PANES, footer=11),
    Command("open_selected", ("enter",), "open", "Open what is selected", PANES, _BROWSING, footer=6),
    Command("pin", ("p",), "pin", "Pin what is selected to the notebook", PANES, _BROWSING, footer=7),
    Command("yank", ("y",), "yank", "Copy what is selected", PANES, _BROWSING, footer=15),
    Command("cursor_down", ("j", "down"), "down", "One line down", PANES, _BROWSING, palette=False),
    Command("cursor_up", ("k", "up"), "up", "One line up", PANES, _BROWSING, palette=False),
    Command("page_down", ("space", "pagedown"), "page down", "One page down", PANES, _BROWSING, palette=False),
    Command("page_up", ("b", "pageup"), "page up", "One page up", PANES, _BROWSING, palette=False),
    Command("to_start", ("g", "home"), "start", "To the first line", PANES, _BROWSING, palette=False),
    Command("to_end", ("G", "end"), "end", "To the last line", PANES, _BROWSING, palette=False),
    Command("cursor_later", ("right",), "later", "Move the time cursor a little later", CLOCK, palette=False),
    Command("cursor_earlier", ("left",), "earlier", "Move the time cursor a little earlier", CLOCK, palette=False),
    Command("narrow_window", ("plus",), "narrow", "Narrow the window of all panes around the cursor", CLOCK, footer=13,
            only_at=("metrics",)),
    Command("widen_window", ("minus",), "widen", "Widen the window of all panes", CLOCK, footer=13,
            only_at=("metrics",)),
    Command("window_earlier", ("comma",), "earlier", "Move the window of all panes back", CLOCK),
    Command("window_later", ("full_stop",), "later", "Move the window of all panes on", CLOCK),
    Command("window_from", ("left_parenthesis",), "from here", "Let the window of all panes begin here", CLOCK),
    Command("window_to", ("right_parenthesis",), "to here", "Let the window of all panes end here", CLOCK),
    Command("whole_window", ("0",), "whole", "Show the whole window again", CLOCK),
    Command("follow", ("f",), "follow", "Ask again and follow now and the newest log line; there, hold still and count",
            CLOCK),
    Command("query", ("M",), "query", "Ask the metrics server in PromQL; the answer is kept fresh", PANES, footer=4,
            pane="metrics", only_at=("metrics",)),
    Command("suspects", ("R",), "suspects", "The series ranked by how much they changed, with the reasons", PANES,
            footer=5, pane="metrics", only_at=("metrics",)),
    Command("search", ("slash",), "search", "Search the log lines", LOGS, footer=10, pane="logs"),
    Command("filter", ("ampersand",), "filter", "Show only the lines that meet a filter, while it is typed", LOGS,
            (Scope.INVESTIGATION, Scope.FIELDS), footer=10, pane="logs", only_at=("logs", "fields")),
    Command("exclude", ("exclamation_mark",), "exclude", "Take the lines with the selected value away", LOGS,
            (Scope.FIELDS,), footer=11),
    Command("order", ("V",), "order", "List a field's values from the most frequent, the lowest or the highest", LOGS,
            (Scope.FIELDS,), footer=12),
    Command("fields", ("F",), "fields", "All fields of this line, and how often each has which value", LOGS, footer=6,
            pane="logs", only_at=("logs",)),
    Command("next_match", ("n",), "next match", "The next line that matches", LOGS, pane="logs"),
    Command("previous_match", ("N",), "match before", "The line before that matches", LOGS, pane="logs"),
    Command("next_same_id", ("o",), "same ID", "The next line with this line's correlation ID", LOGS, footer=5,
            pane="logs", only_at=("logs",)),
    Command("previous_same_id", ("O",), "same ID before", "The line before with this ID", LOGS, pane="logs"),
    Command("only_id", ("I",), "only this ID", "Only the lines of this line's correlation ID, or all again", LOGS,
            footer=4, pane="logs", only_at=("logs",)),
    Command("trace", ("t",), "trace", "This request as a ladder, with what is normal beside it", LOGS, footer=5,
            pane="logs", only_at=("logs", "reproduce")),
    Command("next_error", ("e",), "next error", "The next error line", LOGS, footer=5, pane="logs", only_at=("logs",)),
    Command("previous_error", ("E",), "error before", "The error line before", LOGS, pane="logs"),
    Command("next_warning", ("w",), "next warning", "The next warning line", LOGS, pane="logs"),
    Command("previous_warning", ("W",), "warning before", "The warning line before", LOGS, pane="logs"),
    Command("next_gap", ("s",), "next gap", "The next long pause between two lines", LOGS, pane="logs"),
    Command("previous_gap", ("S",), "gap before", "The long pause before", LOGS, pane="logs"),
    Command("scroll_right", ("greater_than_sign", "shift+right"), "right", "Show what is cut off at the right", LOGS,
            pane="logs"),
    Command("scroll_left", ("less_than_sign", "shift+left"), "left", "Back to the beginning of the lines", LOGS,
            pane="logs"),
    Command("mark", ("m",), "mark", "Mark this line, or take its mark away", LOGS, pane="logs"),
    Command("next_mark", ("u",), "next mark", "The next marked line, after the last one the first", LOGS, pane="logs"),
    Command("save_lines", ("Y",), "save lines", "Write the lines that are shown to a file, without secrets", LOGS,
            pane="logs"),
    Command("compare", ("c",), "healthy beside", "Lay a typical healthy request beside this one", LOGS,
            (Scope.TRACE,), footer=2),
    Command("diff", ("d",), "diff", "What the selected change changed", PANES, footer=4, pane="changes",
            only_at=("changes",)),
    Command("hypothesis", ("h",), "hypothesis", "Write a hypothesis", NOTEBOOK, footer=4, only_at=("notebook",)),
    Command("link", ("l",), "for/against", "Lay the selected pin for or against the hypothesis, or take it away",
            NOTEBOOK, footer=5, pane="notebook", only_at=("notebook",)),
    Command("export", ("x",), "export", "Write the post-mortem to a Markdown file", NOTEBOOK, footer=4,
            only_at=("postmortem", "lint")),
    Command("capture", ("X",), "capture", "Freeze what was fetched into a bundle for a colleague", PROGRAM),
    Command("help", ("question_mark",), "help", "All keys", PROGRAM, (Scope.ANYWHERE,), footer=16),
    Command("command_palette", ("colon", "ctrl+p"), "palette", "Find a command by its name", PROGRAM,
            (Scope.ANYWHERE,), palette=False),
    Command("mouse", ("f2",), "mouse", "Turn the mouse on or off; off leaves selection to the terminal", PROGRAM,
            (Scope.ANYWHERE,)),
    Command("next_theme", ("f3",), "theme", "The next colour theme", PROGRAM, (Scope.ANYWHERE,)),
    Command("redraw", ("ctrl+l",), "redraw", "Draw the whole screen again, after something else wrote to the terminal",
            PROGRAM, (Scope.ANYWHERE,)),
    Command("suspend", ("ctrl+z",), "suspend", "Leave for the shell; fg comes back", PROGRAM, (Scope.ANYWHERE,),
            action="suspend_process"),
    Command("back", ("q",), "back", "Back; at the top, leave and say where the investigation is kept", PROGRAM,
            (Scope.ANYWHERE,), footer=17),
    Command("all_lines", ("escape",), "all lines", "Stop filtering, leave the zoom, show all lines, or go back", PANES,
            (Scope.INVESTIGATION, Scope.TRACE, Scope.DIFF, Scope.FIELDS, Scope.SUSPECTS), palette=False),
)  # fmt: skip


# What has no use on a screen, though its key is bound in every list.
LEFT_OUT = {Scope.DIFF: frozenset({"open_selected"}), Scope.START: frozenset({"pin", "yank"})}


def commands_of(*scopes: Scope) -> tuple[Command, ...]:
    """Return the commands of these scopes, in the order of the declaration."""
    return tuple(command for command in COMMANDS if any(scope in command.scopes for scope in scopes))


def bindings_of(scope: Scope) -> list[Binding]:
    """Return the bindings of a scope; a key map may change each by its command's id."""
    return [
        Binding(",".join(command.keys), command.bound_action, command.label, show=False, tooltip=command.tooltip,
                id=command.id, priority=scope is Scope.INVESTIGATION and "tab" in command.keys[0])
        for command in commands_of(scope)
    ]  # fmt: skip


_KEY_NAMES: Mapping[str, str] = {
    "right_square_bracket": "]", "left_square_bracket": "[", "plus": "+", "minus": "-", "comma": ",", "full_stop": ".",
    "slash": "/", "question_mark": "?", "colon": ":", "tab": "Tab", "shift+tab": "S-Tab", "enter": "Enter",
    "space": "Space", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "down": "Down", "up": "Up",
    "right": "Right", "left": "Left", "escape": "Esc", "f2": "F2", "f3": "F3", "ampersand": "&",
    "left_parenthesis": "(", "exclamation_mark": "!", "right_parenthesis": ")",
    "greater_than_sign": ">", "less_than_sign": "<", "shift+right": "S-Right", "shift+left": "S-Left",
}  # fmt: skip


def key_name(key: str) -> str:
    """Return a key as people write it: ``right_square_bracket`` is ``]``, ``ctrl+p`` is ``^p``."""
    return _KEY_NAMES.get(key, key.replace("ctrl+", "^"))


KeyMap = Mapping[str, str]
"""The user's own keys by a command's id, several with commas between them."""


def keys_of(command: Command, key_map: KeyMap) -> tuple[str, ...]:
    """Return the keys of a command, the user's own where there are any."""
    own = key_map.get(command.id)
    return tuple(key.strip() for key in own.split(",")) if own else command.keys


def unknown_commands(key_map: KeyMap) -> tuple[str, ...]:
    """Say of each id in a key map that no command has, and what was probably meant."""
    known = [command.id for command in COMMANDS]
    problems = []
    for name in key_map:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            problems.append(f"keys: there is no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return tuple(problems)


def footer_commands(scope: Scope, pane: str = "") -> list[Command]:
    """Return what the footer offers with this pane in focus, the most needed first."""
    offered = (command for command in commands_of(scope, Scope.BROWSING, Scope.ANYWHERE) if command.footer)
    hidden = LEFT_OUT.get(scope, frozenset())
    here = (one for one in offered if (not one.only_at or pane in one.only_at) and one.id not in hidden)
    return sorted(here, key=lambda command: command.footer)


def groups(commands: Iterable[Command]) -> dict[str, list[Command]]:
    """Return commands by the heading that help shows them under."""
    grouped: dict[str, list[Command]] = {}
    for command in commands:
        grouped.setdefault(command.group, []).append(command)
    return grouped
