"""Stack traces of any language, folded to the frames of the application."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Where a runtime and its packages live; a frame from elsewhere is the application's own.
_LIBRARY = re.compile(
    r"site-packages|dist-packages|/lib(?:64)?/python\d|<frozen |node_modules|node:internal|\(internal/|/usr/lib/|/gems/"
    r"|/pkg/mod/|/go\d*(?:\.\d+)*/src/|/vendor/|/rustc/|/\.cargo/registry/|/usr/share/dotnet/"
    r"|\bat (?:[\w.]+/)?(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|org\.springframework|org\.apache"
    r"|org\.hibernate|org\.eclipse|org\.jboss|io\.(?:netty|undertow|micrometer|vertx)|reactor|com\.(?:zaxxer|fasterxml)"
    r"|net\.sf\.cglib|System|Microsoft)\."
)
# Python, then Java, JavaScript and .NET, then Ruby, then the place below a function's name in Go.
_FRAME = re.compile(r"\s*File \"|\s*at \S|\s*from \S.*:\d+:in |\s+/.+:\d+")
# A function's name and the place below it: Go, then Rust.
_NAME_AND_PLACE = re.compile(r"(?:\S.*\)|created by .+)\n\t/.+:\d+|\s*\d+: .+\n\s+at \S+:\d+")
_LEFT_OUT = re.compile(r"\s*\.\.\. \d+ (?:more|common frames omitted)")


class Frame(NamedTuple):
    """The lines of one frame, or one line that belongs to none."""

    lines: tuple[str, ...]
    is_frame: bool = False
    is_library: bool = False


def is_trace(lines: Sequence[str]) -> bool:
    """Tell whether lines hold the frames of a stack trace."""
    return sum(bool(_FRAME.match(line)) for line in lines) > 1


def is_folded(lines: Sequence[str]) -> bool:
    """Tell whether something of a stack trace is left out until it is unfolded."""
    return is_trace(lines) and any(frame.is_library for frame in frames_of(lines))


def folded_trace(lines: Sequence[str]) -> list[str]:
    """Leave the application's frames, and say in each place how many of libraries were left out."""
    kept: list[str] = []
    left_out = 0
    for frame in frames_of(lines):
        if frame.is_library:
            left_out += frame.is_frame
            continue
        if left_out:
            kept.append(_told(left_out))
            left_out = 0
        kept += frame.lines
    return [*kept, _told(left_out)] if left_out else kept


def frames_of(lines: Sequence[str]) -> Iterator[Frame]:
    """Cut a trace into frames: the line that names a place, the code below it, and a function's name above it."""
    number = 0
    in_library = False
    while number < len(lines):
        line, below = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
        if _FRAME.match(line):
            in_library = bool(_LIBRARY.search(line))
            yield Frame((line,), is_frame=True, is_library=in_library)
        elif _NAME_AND_PLACE.match(f"{line}\n{below}"):
            in_library = bool(_LIBRARY.search(below))
            yield Frame((line, below), is_frame=True, is_library=in_library)
            number += 1
        else:
            in_library = in_library and (line.startswith((" ", "\t")) or bool(_LEFT_OUT.match(line)))
            yield Frame((line,), is_library=in_library)
        number += 1


def _told(frames: int) -> str:
    return f"  … {frames} library frame{'s' if frames > 1 else ''}"
