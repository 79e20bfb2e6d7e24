"""The log engine: text stays in the file, an index of byte offsets is kept."""
