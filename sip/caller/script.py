"""What a caller does: typed steps, as JSON too (`{"step": "play", "file": "a.wav"}`)."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sip.caller.sdp import Direction

Seconds = Annotated[float, Field(ge=0.0)]

_STRICT = ConfigDict(extra="forbid")


class Purpose(StrEnum):
    """What a caller wants who speaks over the agent."""

    INTERRUPT = "interrupt"
    BACKCHANNEL = "backchannel"


class DigitMethod(StrEnum):
    """How keys travel: as telephone-events in RTP (RFC 4733) or in INFO (application/dtmf-relay)."""

    RFC4733 = "rfc4733"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence spliced into a file: `for_s` seconds at `at_s` seconds from its beginning."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    at_s: Seconds
    for_s: Seconds


@dataclass(frozen=True, slots=True)
class WaitForAgentSilence:
    """Go on once the agent has spoken since the caller's last words and has then been silent for `silence_ms`.

    Gives up, and goes on, after `patience_s`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    silence_ms: Seconds = 700
    patience_s: Seconds = 15.0
    step: Literal["wait_for_agent_silence"] = "wait_for_agent_silence"


@dataclass(frozen=True, slots=True)
class Play:
    """Say a WAV file, at once."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    file: Path
    pauses: tuple[Pause, ...] = ()
    step: Literal["play"] = "play"


@dataclass(frozen=True, slots=True)
class PlayOver:
    """Say a WAV file `after_s` after the agent began to speak: what it says now or, if it is silent, what comes next.

    Gives up when the agent has not begun within `patience_s`: then the file is not played.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    file: Path
    after_s: Seconds
    purpose: Purpose = Purpose.INTERRUPT
    patience_s: Seconds = 15.0
    step: Literal["play_over"] = "play_over"


@dataclass(frozen=True, slots=True)
class PlayNoise:
    """Send white noise of `level_dbfs` (RMS) for some seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    seconds: Seconds
    level_dbfs: Annotated[float, Field(le=0.0)] = -30.0
    step: Literal["play_noise"] = "play_noise"


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Press keys (0-9, *, #, A-D), each `tone_ms` long with `gap_ms` between."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    digits: Annotated[str, Field(pattern=r"^[0-9*#A-Da-d]+$")]
    method: DigitMethod = DigitMethod.RFC4733
    tone_ms: Annotated[int, Field(ge=40, le=8000)] = 100
    gap_ms: Annotated[int, Field(ge=40, le=8000)] = 100
    step: Literal["send_digits"] = "send_digits"


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for some seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    seconds: Seconds
    step: Literal["wait"] = "wait"


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the agent on hold by re-INVITE: `sendonly` (silence is sent) or `inactive` (nothing is)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    direction: Literal[Direction.SENDONLY, Direction.INACTIVE] = Direction.SENDONLY
    step: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Resume:
    """Take the agent back from hold."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    step: Literal["resume"] = "resume"


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call with BYE. A script that ends without it hangs up after its last step."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    step: Literal["hang_up"] = "hang_up"


@dataclass(frozen=True, slots=True)
class Vanish:
    """Be gone without BYE, as a phone that lost its network is."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    step: Literal["vanish"] = "vanish"


Step = Annotated[
    WaitForAgentSilence | Play | PlayOver | PlayNoise | SendDigits | Wait | Hold | Resume | HangUp | Vanish,
    Field(discriminator="step"),
]


class Background(StrEnum):
    """What is sent while the caller says nothing: digital silence, white noise of -45 dBFS, or no packets at all."""

    SILENCE = "silence"
    NOISE = "noise"
    NOTHING = "nothing"
