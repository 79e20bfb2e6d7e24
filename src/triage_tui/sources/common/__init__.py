"""What several sources share: the one place that opens a connection."""
