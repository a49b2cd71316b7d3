"""The tables of the file, and the whole of it."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from appliance.config.base import Address, LoopbackAddress, Network, Section, mistake
from appliance.config.clinic import ClinicConfig
from appliance.config.engines import EnginesConfig
from appliance.config.turn import TurnConfig

Port = Annotated[int, Field(ge=1, le=65535)]
CALLS_PER_WORKER = 4
"""Calls that one pjsua2 process takes, at most (DESIGN section 7)."""


SectionT = TypeVar("SectionT", bound=Section)


class RegistrationConfig(Section):
    """Registration with a PBX. Without a registrar the appliance does not register and only waits for calls."""

    registrar: str = Field(
        default="", pattern=r"^(sip:\S+)?$", description='The PBX, as "sip:192.0.2.10:5060"; empty for none.'
    )
    user: str = Field(default="", description="The account's user name.")
    password_file: Path = Field(
        default=Path("sip-password"),
        description="File whose first line is the account's password; its owner alone may read it (mode 0600).",
    )
    expires_s: Annotated[int, Field(ge=60, le=7200)] = Field(
        default=300, description="Seconds that a registration lasts."
    )

    @property
    def enabled(self) -> bool:
        """True when there is a registrar."""
        return bool(self.registrar)

    @model_validator(mode="after")
    def _has_a_user(self) -> "RegistrationConfig":
        if self.registrar and not self.user:
            raise mistake("is empty, but registrar is set", "name the account's user", "user")
        return self


class SipConfig(Section):
    """The phone line."""

    host: Address = Field(default="127.0.0.1", description="Address that SIP and RTP use on this machine.")
    port: Port = Field(
        default=5060, description="SIP port. Every four calls need a worker of their own, on the next port up."
    )
    transport: tuple[Literal["udp", "tcp"], ...] = Field(
        default=("udp", "tcp"), min_length=1, description="Transports to listen on."
    )
    max_calls: Annotated[int, Field(ge=1, le=200)] = Field(default=4, description="Calls at once.")
    allow: tuple[Network, ...] = Field(
        default=("127.0.0.0/8",), min_length=1, description="Networks that may call; others get 403."
    )
    codecs: tuple[Literal["PCMU", "PCMA", "G722"], ...] = Field(
        default=("PCMU", "PCMA", "G722"), min_length=1, description="Codecs, in order of preference."
    )
    wideband: bool = Field(
        default=False, description="Run the line at 16 kHz, which only G.722 profits from. Otherwise 8 kHz."
    )
    full_response: Literal[486, 503] = Field(default=486, description="The answer to a call when every line is busy.")
    retry_after_s: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=30, description="Retry-After of that answer, seconds; 0 for none."
    )
    fallback_number: str = Field(
        default="", description="SIP URI that a call is redirected to (302) when every line is busy; empty for none."
    )
    jitter_buffer_ms: Annotated[int, Field(ge=60, le=1000)] = Field(
        default=80,
        description="The most of a caller's audio that waits to be heard, ms; what is older is dropped. 80 suits a LAN "
        "with up to 50 ms of jitter; where the trunk comes over the internet, 200.",
    )
    rtp_timeout_s: Annotated[float, Field(ge=1, le=3600)] = Field(
        default=30.0, description="Seconds without a packet from the caller after which a call has ended."
    )
    hold_timeout_s: Annotated[float, Field(ge=1, le=86400)] = Field(
        default=900.0, description="The same for a call that is on hold, where it is normal to send nothing."
    )
    rtp_port_first: Annotated[int, Field(ge=1024, le=64000)] = Field(
        default=16384, description="First UDP port of the media."
    )
    rtp_port_last: Annotated[int, Field(ge=1024, le=65535)] = Field(
        default=17383, description="Last UDP port of the media; four are needed for each call, and for one more."
    )
    max_loop_lag_ms: Annotated[float, Field(ge=20, le=5000)] = Field(
        default=500.0,
        description="While the event loop is later than this (99th percentile, ms), new calls are refused as if full.",
    )
    drain_limit_s: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=60.0, description="Seconds that running calls get to finish after SIGTERM."
    )
    registration: RegistrationConfig = RegistrationConfig()

    @model_validator(mode="after")
    def _ports_suffice(self) -> "SipConfig":
        if self.port + self.workers - 1 > 65535:
            raise mistake(f"= {self.port} leaves no room for {self.workers} workers", "choose a lower port", "port")
        ports, needed = self.rtp_port_last - self.rtp_port_first + 1, 4 * (max(self.max_calls, 3) + 1)
        if ports < needed:
            problem = f"= {self.rtp_port_last} leaves {max(ports, 0)} media ports for {self.max_calls} calls"
            raise mistake(problem, f"set it to at least {self.rtp_port_first + needed - 1}", "rtp_port_last")
        return self

    @property
    def workers(self) -> int:
        """How many worker processes `max_calls` needs, each on a port of its own: as `sip.pool.plan_workers` has it."""
        plain_refusal = self.full_response == 486 and not self.fallback_number
        if self.max_calls <= CALLS_PER_WORKER and plain_refusal:
            return 1
        # The first keeps one place free for refusing and redirecting.
        return 1 + max(0, -((CALLS_PER_WORKER - 1 - self.max_calls) // CALLS_PER_WORKER))


class WebConfig(Section):
    """The HTTP side: health, metrics, calls."""

    host: LoopbackAddress = Field(default="127.0.0.1", description="Address; anything but loopback is refused.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8080, description="Port; 0 for any free one.")


class RecordsConfig(Section):
    """What is kept of a call."""

    directory: Path = Field(
        default=Path("out/records"), description="Where all of it is kept; only the appliance's user may enter it."
    )
    database: str = Field(default="appliance.sqlite3", min_length=1, description="The database's file in there.")
    record_calls: bool = Field(default=False, description="Keep the audio of every call as a two-channel WAV.")
    trace_text: bool = Field(
        default=True, description="Keep transcripts and heard text in traces; false: only times and states."
    )
    min_free_mb: Annotated[int, Field(ge=0)] = Field(
        default=200, description="Free disk space, MB, below which `appliance check` complains."
    )

    @property
    def database_path(self) -> Path:
        """The database's file."""
        return self.directory / self.database

    @property
    def traces_directory(self) -> Path:
        """Where the traces of calls are."""
        return self.directory / "traces"

    @property
    def recordings_directory(self) -> Path:
        """Where the recordings of calls are."""
        return self.directory / "recordings"


class ModelsConfig(Section):
    """The model store (docs/models.md). Nothing is downloaded but by `appliance models lock` and `pull`."""

    directory: Path = Field(default=Path("out/models"), description="Where the models are installed.")
    lock: Path = Field(
        default=Path("models.lock"),
        description="Which models are wanted, with revisions and hashes: written by `appliance models lock`.",
    )


class LogConfig(Section):
    """Logs, on standard error. They never hold what a caller said or who called."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe level to log."
    )
    format: Literal["auto", "json", "text"] = Field(
        default="auto", description='"auto" is text on a terminal and JSON lines otherwise.'
    )


class Config(Section):
    """The whole file. Every key has a default; without a file the demo's setting on loopback holds.

    A relative path starts at the directory of the file, or without one at the current directory.
    """

    sip: SipConfig = SipConfig()
    web: WebConfig = WebConfig()
    engines: EnginesConfig = EnginesConfig()
    turn: TurnConfig = TurnConfig()
    clinic: ClinicConfig = ClinicConfig()
    records: RecordsConfig = RecordsConfig()
    models: ModelsConfig = ModelsConfig()
    log: LogConfig = LogConfig()

    def with_paths_from(self, base: Path) -> "Config":
        """The same, every relative path starting at the directory `base`."""

        def start_at_base(section: SectionT, key: str) -> SectionT:
            value: str | Path = getattr(section, key)
            path = type(value)(base / Path(value).expanduser()) if value else value
            return section.model_copy(update={key: path})

        registration = start_at_base(self.sip.registration, "password_file")
        engines = {
            "silero": start_at_base(self.engines.silero, "model_file"),
            "smart_turn": start_at_base(self.engines.smart_turn, "model_file"),
            "openai": start_at_base(start_at_base(self.engines.openai, "api_key_file"), "ca_file"),
        }
        return self.model_copy(
            update={
                "records": start_at_base(self.records, "directory"),
                "models": start_at_base(start_at_base(self.models, "directory"), "lock"),
                "sip": self.sip.model_copy(update={"registration": registration}),
                "engines": self.engines.model_copy(update=engines),
            }
        )
