"""A language model behind any server on the premises that speaks the OpenAI chat completions API."""
