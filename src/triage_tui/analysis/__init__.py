"""Pure functions from evidence frames to findings."""
