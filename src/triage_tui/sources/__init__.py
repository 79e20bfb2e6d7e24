"""One outside system per module; none knows another."""
