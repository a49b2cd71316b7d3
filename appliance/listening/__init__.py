"""From line frames to facts about the caller: voice activity, transcript, end-of-turn score."""
