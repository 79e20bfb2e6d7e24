"""Pastes as plain text: Textual takes a control sequence in one for keys, which would come before what is pasted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.message import Message

# Colours and moves, titles and links, and whatever else acts; tabs and line breaks stay.
_ACTS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class PlainPastes:
    """Takes what a terminal sends, piece by piece, and gives it back without what would act in a paste.

    A mark may come in two pieces. Nothing else than a paste waits for what follows: an escape may be a key.
    """

    def __init__(self) -> None:
        self._waiting = self._passed = ""
        self._in_paste = False

    def plain(self, piece: str) -> str:
        """Return what can be passed on by now: of a paste nothing before its end."""
        told, out = piece, ""
        while told:
            turned, (passed, told) = self._in_paste, self._in(told) if self._in_paste else self._outside(told)
            out += passed
            if turned == self._in_paste:
                break
        return out

    def _outside(self, told: str) -> tuple[str, str]:
        """Return what comes up to a paste, and the rest."""
        known = self._passed + told
        found = known.find(BRACKETED_PASTE_START)
        self._in_paste = found >= 0
        end = found + len(BRACKETED_PASTE_START) if self._in_paste else len(known)
        self._passed = "" if self._in_paste else known[1 - len(BRACKETED_PASTE_START) :]
        return told[: end - len(known) or None], known[end:]

    def _in(self, told: str) -> tuple[str, str]:
        """Return a paste without what acts, and the rest; nothing where its end has not come."""
        pasted, end, rest = (self._waiting + told).partition(BRACKETED_PASTE_END)
        self._in_paste, self._waiting = not end, "" if end else pasted
        return (_ACTS.sub("", pasted) + end if end else ""), rest


class PlainPasteParser(XTermParser):
    """Textual's parser, behind ``PlainPastes``."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pastes = PlainPastes()

    def feed(self, data: str) -> Iterable[Message]:
        """Parse what a terminal sent; nothing is the end of it, but not where a paste is still to come."""
        plain = self._pastes.plain(data)
        return super().feed(plain) if plain or not data else ()
