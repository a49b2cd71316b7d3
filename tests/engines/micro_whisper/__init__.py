"""A Whisper of a few megabytes that knows the demo caller's sentences, in CTranslate2's format."""
