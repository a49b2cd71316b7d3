"""A Qwen3 of a megabyte that knows the demo clinic's conversations, for the real vLLM to serve in tests."""
