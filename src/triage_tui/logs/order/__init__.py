"""The records of several logs in the order of time."""
