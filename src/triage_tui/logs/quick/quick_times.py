"""Times of one shape, read for many lines at once: dates with a time of any layout, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.formats.timestamps import EPOCH, MICROSECOND, micros_of_epochs, read_time
from triage_tui.logs.quick.texts import Texts
from triage_tui.logs.quick.words import WORD, Bytes, Places, Words

Mask = npt.NDArray[np.bool_]
_WRITTEN = re.compile(rb"([!-~ ]{4,30}\d\d:\d\d):\d\d(?:[.,](\d{1,9}))?([^\d.,][!-~ ]{0,7})?\Z")
_NUMBER = re.compile(rb"\d{9,19}(\.\d{1,9})?\Z")
_MOST_NUMBER_BYTES = 24
_IN_NUMBERS = np.zeros(256, bool)
_IN_NUMBERS[list(b"0123456789.\0")] = True
_MINUTES_KEPT = 100_000
_MINUTE = 60_000_000
_FIRST_OF_PAIR, _FIRST_OF_FOUR = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
_DIGITS, _HIGH_HALVES = np.uint64(0x3030303030303030), np.uint64(0xF0F0F0F0F0F0F0F0)
_BEYOND_NINE, _CARRY = np.uint64(0x0606060606060606), np.uint64(0x1010101010101010)


class TimeShape(NamedTuple):
    """How the times of a log are written.

    Attributes:
        width: bytes in all; 0 for a number, which may have any.
        to_minutes: the bytes of the date, the hour and the minute.
        fraction: the digits behind the seconds.
        ending: what is behind these, such as the offset.
        is_zoned: whether there is an offset.
    """

    width: int
    to_minutes: int
    fraction: int
    ending: bytes
    is_zoned: bool


class QuickTimes(NamedTuple):
    """Microseconds since 1970 UTC, and of which lines that could be read."""

    micros: Places
    known: Mask


def shape_of(text: bytes) -> TimeShape | None:
    """The shape of a time; None for one that is written otherwise."""
    if _NUMBER.match(text):
        return TimeShape(0, 0, 0, b"", is_zoned=True)
    found = _WRITTEN.match(text)
    if found is None:
        return None
    moment, is_zoned = read_time(text.decode("ascii"), datetime.now(UTC))
    if moment is None:
        return None
    return TimeShape(len(text), len(found[1]), len(found[2] or b""), found[3] or b"", is_zoned)


class TimeReader:
    """Reads times of one shape; those without an offset in ``assumed_zone``, those without a year as of ``today``."""

    def __init__(self, shape: TimeShape, assumed_zone: tzinfo = UTC, today: datetime | None = None) -> None:
        self.shape, self._zone, self._today = shape, assumed_zone, today
        self._minutes: dict[bytes, int | None] = {}

    @property
    def assumes_zone(self) -> bool:
        """Whether the times carry no offset."""
        return not self.shape.is_zoned

    def read(self, texts: Texts, ends: Places, wanted: Mask) -> QuickTimes:
        """Read the times that begin and end at these places of a buffer; those that are not wanted are not known."""
        read = self._written(texts, ends, wanted) if self.shape.width else _numbers(texts.data, texts.begins, ends)
        return QuickTimes(read.micros, read.known & wanted)

    def _written(self, texts: Texts, ends: Places, wanted: Mask) -> QuickTimes:
        shape = self.shape
        minutes, known = self._to_minutes(texts, wanted)
        known &= ends - texts.begins == shape.width
        after = texts.words(shape.to_minutes)
        known &= (after & np.uint64(0xFF)) == ord(":")
        # The digits of the seconds, and those of their fraction right behind them.
        digits = (after >> np.uint64(8)) & np.uint64(0xFFFF)
        if shape.fraction:
            digits |= texts.words(shape.to_minutes + len(":00.")) << np.uint64(16)
            point = (after >> np.uint64(24)) & np.uint64(0xFF)
            known &= (point == ord(".")) | (point == ord(","))
        micros, are_digits = _decimal(digits, len("00") + min(shape.fraction, 6))
        known &= are_digits & (micros < _MINUTE)
        if shape.ending:
            last = texts.words(shape.width - WORD) >> np.uint64(8 * (WORD - len(shape.ending)))
            known &= last == np.uint64(int.from_bytes(shape.ending, "little"))
        micros += minutes
        return QuickTimes(micros, known)

    def _to_minutes(self, texts: Texts, wanted: Mask) -> tuple[Places, Mask]:
        """Read date, hour and minute once for each run of lines that share them."""
        size = self.shape.to_minutes
        parts = [texts.words(place) for place in {*range(0, size - WORD + 1, WORD), size - WORD}]
        if wanted.all() and all((part == part[0]).all() for part in parts):
            begin = int(texts.begins[0])
            minute = self._minute(texts.data[begin : begin + size].tobytes())
            return np.full(len(wanted), minute or 0), np.full(len(wanted), minute is not None)
        differs = np.ones(len(wanted), bool)
        differs[1:] = wanted[1:] != wanted[:-1]
        for part in parts:
            differs[1:] |= part[1:] != part[:-1]
        runs = np.flatnonzero(differs)
        begins = texts.begins[runs].tolist()
        minutes = [
            self._minute(texts.data[begin : begin + size].tobytes()) if is_wanted else None
            for begin, is_wanted in zip(begins, wanted[runs].tolist(), strict=True)
        ]
        lengths = np.diff(runs, append=len(wanted))
        values = np.array([minute or 0 for minute in minutes], np.int64)
        return np.repeat(values, lengths), np.repeat(np.array([one is not None for one in minutes], bool), lengths)

    def _minute(self, text: bytes) -> int | None:
        if text in self._minutes:
            return self._minutes[text]
        written = (text + b":00" + self.shape.ending).decode("ascii", "replace")
        moment, _ = read_time(written, self._today or datetime.now(UTC))
        zoned = moment.replace(tzinfo=moment.tzinfo or self._zone) if moment else None
        if len(self._minutes) >= _MINUTES_KEPT:
            self._minutes.clear()
        self._minutes[text] = None if zoned is None else (zoned - EPOCH) // MICROSECOND
        return self._minutes[text]


def _decimal(words: Words, digits: int) -> tuple[Places, Mask]:
    """Read the first decimal digits of words as if zeros followed up to the eighth; tells also where they are digits.

    Three multiplications put the digits together in pairs, fours and eights (Lemire, "Quickly parsing eight digits",
    2018).
    """
    inside = np.uint64((1 << (8 * digits)) - 1)
    filled = (words & inside) | (_DIGITS & ~inside)
    halves = filled & ~_HIGH_HALVES
    are_digits = ((filled & _HIGH_HALVES) == _DIGITS) & (((halves + _BEYOND_NINE) & _CARRY) == 0)
    pairs = (halves * np.uint64(10 * 256 + 1)) >> np.uint64(8)
    fours = ((pairs & _FIRST_OF_PAIR) * np.uint64(100 * 65536 + 1)) >> np.uint64(16)
    eights = ((fours & _FIRST_OF_FOUR) * np.uint64(10000 * (1 << 32) + 1)) >> np.uint64(32)
    return eights.astype(np.int64), are_digits


def _numbers(data: Bytes, begins: Places, ends: Places) -> QuickTimes:
    """Read numbers of up to 24 digits and a point."""
    widths = ends - begins
    places = np.minimum(begins[:, None] + np.arange(_MOST_NUMBER_BYTES), len(data) - 1)
    texts = np.where(np.arange(_MOST_NUMBER_BYTES) < widths[:, None], data[places], 0).astype(np.uint8)
    # Numpy also takes a sign, underscores and spaces. What is no number must not make all of them unreadable.
    odd = (widths <= 0) | ~_IN_NUMBERS[texts].all(axis=1) | (data[ends - 1] == ord("."))
    texts[odd] = 0
    texts[odd, 0] = ord("0")
    written = texts.view(f"S{_MOST_NUMBER_BYTES}").ravel()
    numbers: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    try:
        numbers = written.astype(np.float64) if (texts == ord(".")).any() else written.astype(np.int64)
    except (ValueError, OverflowError):
        return QuickTimes(np.zeros(len(begins), np.int64), np.zeros(len(begins), bool))
    micros, known = micros_of_epochs(numbers)
    return QuickTimes(micros, known & ~odd & (widths <= _MOST_NUMBER_BYTES))
