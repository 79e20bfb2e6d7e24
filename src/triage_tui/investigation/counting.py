"""Numbers with their nouns, for the screen, the report and the answers alike."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: 1 pin, 2 pins, 3 hypotheses."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun.removesuffix('is') + 'es' if noun.endswith('is') else noun + 's'}"
