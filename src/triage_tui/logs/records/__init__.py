"""Lines as records, and records as the frame that the analysis reads."""
