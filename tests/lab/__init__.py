"""A real service with a real bug, its load and its monitoring, and the recorder that makes bundles of what happens."""
