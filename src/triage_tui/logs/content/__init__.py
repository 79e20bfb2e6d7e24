"""The bytes of logs: from files, pipes and memory, plain or compressed, and exported documents as lines."""
