"""The configuration file and the turn core must not disagree about a key or a default."""

from dataclasses import asdict

import pytest

from appliance.config.turn import EndpointingConfig, InterruptionConfig, PatienceConfig, VoiceConfig
from appliance.listening.voice import VoiceSettings
from appliance.turn.settings import EndpointingSettings, InterruptionSettings, PatienceSettings


@pytest.mark.parametrize(
    ("section", "settings"),
    [
        (EndpointingConfig(), EndpointingSettings()),
        (InterruptionConfig(), InterruptionSettings()),
        (PatienceConfig(), PatienceSettings()),
        (VoiceConfig(), VoiceSettings()),
    ],
)
def test_file_and_core_have_the_same_keys_and_defaults(section: object, settings: object) -> None:
    assert section.model_dump() == asdict(settings)  # type: ignore[attr-defined, call-overload]
