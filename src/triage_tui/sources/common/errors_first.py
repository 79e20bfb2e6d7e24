"""Whether logs are searched for their errors before they are indexed, which reads them twice."""

from __future__ import annotations

from pathlib import Path

# Less is indexed about as soon as it is searched, and who waits for more looks at the lines that come meanwhile.
LEAST_BYTES, MOST_BYTES = 128 << 20, 4 << 30
# What the search has read is still in memory when it is indexed only where it leaves room for other programs there.
_SHARE_OF_MEMORY = 3
_MEMORY = Path("/proc/meminfo")


def are_searched_first(size: int) -> bool:
    """Tell it by how many bytes the logs have, and how much memory is free; no where that is not known."""
    return LEAST_BYTES <= size <= min(MOST_BYTES, _free_bytes() // _SHARE_OF_MEMORY)


def _free_bytes() -> int:
    """The memory that programs and the pages of files can take."""
    try:
        lines = _MEMORY.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), 0)
