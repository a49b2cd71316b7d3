"""What a call leaves behind: traces, recordings."""
