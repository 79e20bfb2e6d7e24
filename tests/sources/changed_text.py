"""A file as it is after some of its text was changed."""


def changed(text: str, moves: tuple[tuple[str, str], ...]) -> str:
    """Put other texts for some that must be there."""
    for before, after in moves:
        assert before in text
        text = text.replace(before, after)
    return text
