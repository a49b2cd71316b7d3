"""From the configuration to language models, and to a call's dialogue."""

from pathlib import Path
from typing import Any

import pytest

from appliance.assembly import engine_loaders, open_clinic
from appliance.assembly.language_model import DialogueParts, model_builders, warm_up_or_do_without
from appliance.config import Config, ConfigError, parse_config
from appliance.dialogue.fallback import FallbackDialogue
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.line import CallInfo
from models.errors import EngineError
from models.openai_chat.client import OpenAiChat
from models.simulated import SimulatedLanguageModel
from tests.models.openai_chat.server import says, serving

INFO = CallInfo("call-1", "", "", 8000)


def config(base: Path, llm: str = "openai", **openai: Any) -> Config:
    data = {"engines": {"llm": llm, "openai": openai}, "records": {"directory": "records"}}
    return parse_config(data, "test", base)


def test_which_models_there_are(tmp_path: Path) -> None:
    assert model_builders(config(tmp_path, "scripted")) == {}
    assert isinstance(model_builders(config(tmp_path, "simulated"))["llm"](), SimulatedLanguageModel)
    two = model_builders(config(tmp_path, second_url="unix:/run/second.sock"))
    assert list(two) == ["llm", "llm_second"]
    assert all(isinstance(build(), OpenAiChat) for build in two.values())


@pytest.mark.parametrize("key", ["url", "second_url"])
def test_a_server_outside_is_refused(tmp_path: Path, key: str) -> None:
    builders = model_builders(config(tmp_path, **{key: "https://api.openai.com/v1"}))
    with pytest.raises(EngineError, match=r"api\.openai\.com is neither this machine nor listed"):
        [build() for build in builders.values()]
    listed = config(tmp_path, url="http://10.1.2.3/v1", private_hosts=["10.1.0.0/16"])
    assert model_builders(listed)["llm"]()


def test_the_key_is_read_from_a_private_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hush\n")
    (tmp_path / "key").chmod(0o644)
    settings = config(tmp_path, api_key_file="key")
    assert settings.engines.openai.api_key_file == str(tmp_path / "key")
    with pytest.raises(ConfigError, match="others may read it"):
        model_builders(settings)["llm"]()
    (tmp_path / "key").chmod(0o600)
    assert model_builders(settings)["llm"]()


async def test_checking_says_what_to_do_about_a_server_that_is_not_there(tmp_path: Path) -> None:
    async with serving(says("Yes.")) as server:
        url = server.url
        await engine_loaders(config(tmp_path, url=url))["llm"]()
        assert server.probes == 1
    with pytest.raises(EngineError, match="cannot be reached") as caught:
        await engine_loaders(config(tmp_path, url=url))["llm"]()
    assert "start it" in caught.value.remedy


async def test_the_appliance_starts_without_its_model(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = model_builders(config(tmp_path, url=f"unix:{tmp_path}/nothing.sock"))["llm"]()
    await warm_up_or_do_without("llm", model)
    assert not model.available
    assert "llm is not ready" in caplog.text
    model.close()


async def test_a_call_s_dialogue(tmp_path: Path) -> None:
    settings = config(tmp_path)
    clinic = await open_clinic(settings)
    try:
        scripted = DialogueParts.of(settings, clinic, ()).dialogue(INFO, lambda engine, kind: None)
        assert isinstance(scripted, ScriptedDialogue)
        parts = DialogueParts.of(settings, clinic, (SimulatedLanguageModel(),))
        assert isinstance(parts.dialogue(INFO, lambda engine, kind: None), FallbackDialogue)
    finally:
        await clinic.close()
