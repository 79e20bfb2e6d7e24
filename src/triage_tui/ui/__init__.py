"""The full-screen program; the only package that loads Textual."""
