"""Mouse reporting, switched while the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

# xterm's modes for buttons, any motion, and the two ways of writing coordinates (xterm control sequences, "Mouse
# Tracking"); the driver takes them back itself when the program ends.
MODES = (1000, 1003, 1015, 1006)


def report_mouse(driver: Driver | None, *, on: bool) -> None:
    """Have the terminal report the mouse, or leave it to the terminal's own selection."""
    if driver is None or driver.is_headless:
        return
    driver.write("".join(f"\x1b[?{mode}{'h' if on else 'l'}" for mode in MODES))
    driver.flush()
