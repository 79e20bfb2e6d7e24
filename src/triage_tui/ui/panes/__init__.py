"""One module per pane; panes do not know each other."""
