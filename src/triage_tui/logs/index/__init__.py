"""The index of a log: built in chunks, kept between runs, and grown with the file."""
