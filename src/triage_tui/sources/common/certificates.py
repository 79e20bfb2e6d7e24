"""How long a TLS certificate still holds, in words."""

from __future__ import annotations

from datetime import timedelta


def certificate_words(left: timedelta) -> str:
    """Say in whole days when a certificate expires or has expired."""
    if left < timedelta(0):
        return f"TLS certificate EXPIRED {(-left).days} days ago"
    return f"TLS certificate expires in {left.days} days"
