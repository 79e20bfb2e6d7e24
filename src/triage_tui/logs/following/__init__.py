"""Logs that are written to: what is new in them, over every kind of rotation."""
