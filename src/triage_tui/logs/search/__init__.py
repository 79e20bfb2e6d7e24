"""Texts, IDs and errors found in the bytes of logs, with or without an index."""
