"""The engines behind small Protocols: voice activity, end of turn, speech-to-text, text-to-speech, language model."""
