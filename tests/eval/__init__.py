"""Scores of the diagnosis on labelled incidents, through the command line as a user calls it."""
