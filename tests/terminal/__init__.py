"""The program in a real terminal: a pty, its bytes, and the screen that they draw."""
