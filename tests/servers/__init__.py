"""Real servers on loopback for the tests, started once a session and stopped with it."""
