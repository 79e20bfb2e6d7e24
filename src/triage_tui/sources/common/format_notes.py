"""What is said of the user's own log formats that could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Completeness
    from triage_tui.logs.log_input import LogOptions


def with_format_problems(known: Completeness, options: LogOptions | None) -> Completeness:
    """Name the formats that were left out: lines of them may have been read as something else."""
    from triage_tui.logs.formats.format_choice import user_formats

    problems = user_formats(options.user_formats).problems if options else ()
    if not problems:
        return known
    # Behind the first words, which say how much there is, and before what a short border would cut.
    first, *others = known.note.split("; ")
    return replace(known, complete=False, note="; ".join((first, *problems, *others)))
