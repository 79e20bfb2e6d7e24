"""Lines of a known layout read thousands at a time, without parsing them."""
