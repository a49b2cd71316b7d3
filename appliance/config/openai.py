"""`[engines.openai]`: a language model behind a server on the premises."""

from typing import Annotated

from pydantic import Field

from appliance.config.base import Section

Limit = Annotated[int, Field(ge=50, le=60_000)]


class OpenAiConfig(Section):
    """A server with the OpenAI chat completions API (vLLM, SGLang, llama.cpp), on this machine or in the building.

    See docs/language-model.md. When it fails, the second one answers, and when that fails, the scripted receptionist.
    """

    url: str = Field(
        default="http://127.0.0.1:8000/v1",
        min_length=1,
        description="Where it listens, `/v1` included, or a Unix socket as `unix:/run/vllm/vllm.sock`.",
    )
    model: str = Field(default="receptionist", min_length=1, description="The name under which it serves the model.")
    second_url: str = Field(default="", description="A second server, asked when the first fails; empty for none.")
    second_model: str = Field(default="receptionist", min_length=1, description="The name of the model there.")
    private_hosts: tuple[str, ...] = Field(
        default=(),
        description="Servers in the building besides this machine: addresses, networks or host names. Any other host, "
        "and every public address, is refused.",
    )
    api_key_file: str = Field(
        default="", description="File whose first line is the key that the servers ask for (mode 0600); empty for none."
    )
    ca_file: str = Field(default="", description="For https: the authority's certificate; empty for the system's.")
    temperature: Annotated[float, Field(ge=0, le=2)] = Field(default=0.2, description="Sampling temperature.")
    max_tokens: Annotated[int, Field(ge=16, le=2000)] = Field(default=160, description="Tokens of a reply, at most.")
    stop: tuple[str, ...] = Field(default=(), description="Texts at which the model is stopped.")
    thinking: bool = Field(
        default=False, description="Let a model think before it answers; a caller would wait in silence meanwhile."
    )
    context_tokens: Annotated[int, Field(ge=500, le=100_000)] = Field(
        default=3000, description="Estimated tokens of the conversation, above which its older turns are summed up."
    )
    prefill_words: Annotated[int, Field(ge=0, le=100)] = Field(
        default=4,
        description="While the caller speaks, the server reads what they have said so far every so many words, so that "
        "less is left to read when they have finished; 0 for never.",
    )
    connect_ms: Limit = Field(default=500, description="Time to connect, ms.")
    first_token_ms: Limit = Field(default=1500, description="Time from the request to the first token, ms.")
    between_tokens_ms: Limit = Field(default=1000, description="Time from one token to the next, ms.")
    probe_every_s: Annotated[float, Field(ge=1, le=3600)] = Field(
        default=30.0, description="Seconds between two probes, when nothing else was asked meanwhile."
    )
