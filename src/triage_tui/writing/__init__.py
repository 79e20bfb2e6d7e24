"""What leaves the program: reports, post-mortems, exports."""
