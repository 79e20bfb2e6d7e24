"""What one line says: its format, its fields under their names, and which lines make one record."""
