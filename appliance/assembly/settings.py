"""Configuration becomes the settings of rooms that do not know it."""

from appliance.config import Config, SipConfig
from appliance.config.secret import read_secret
from appliance.listening.voice import VoiceSettings
from appliance.turn.facts import Language
from appliance.turn.settings import EndpointingSettings, InterruptionSettings, PatienceSettings, TurnSettings
from sip.settings import JitterBuffer, Registration, SipSettings


def build_turn_settings(config: Config) -> tuple[TurnSettings, VoiceSettings]:
    """Turn-taking and voice detection."""
    turn = config.turn
    settings = TurnSettings(
        draft_while_speaking=turn.draft_while_speaking,
        draft_spacing_ms=turn.draft_spacing_ms,
        endpointing=EndpointingSettings(**turn.endpointing.model_dump()),
        interruption=InterruptionSettings(**turn.interruption.model_dump()),
        patience=PatienceSettings(**turn.patience.model_dump()),
        language=Language(config.clinic.language),
    )
    return settings, VoiceSettings(**turn.voice.model_dump())


def build_sip_settings(sip: SipConfig) -> SipSettings:
    """The phone line. Raises `appliance.config.ConfigError` or `sip.errors.SipError`."""
    registration = sip.registration
    return SipSettings(
        host=sip.host,
        port=sip.port,
        transports=sip.transport,
        max_calls=sip.max_calls,
        allow=sip.allow,
        codecs=sip.codecs,
        wideband=sip.wideband,
        full_response=sip.full_response,
        retry_after_s=sip.retry_after_s,
        fallback_number=sip.fallback_number,
        rtp_timeout_s=sip.rtp_timeout_s,
        hold_timeout_s=sip.hold_timeout_s,
        rtp_ports=(sip.rtp_port_first, sip.rtp_port_last),
        registration=Registration(
            registration.registrar, registration.user, read_secret(registration.password_file), registration.expires_s
        )
        if registration.enabled
        else None,
        jitter_buffer=JitterBuffer(capacity_ms=sip.jitter_buffer_ms),
    )
