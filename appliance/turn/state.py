"""The state of one call's turn-taking: four small machines side by side, and the timers that are armed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.turn.facts import Afterwards, Expectation, Language, Prompt, Timer


class CallPhase(StrEnum):
    """Where the call is."""

    CONNECTING = "connecting"
    OPEN = "open"
    TRANSFERRING = "transferring"
    ENDED = "ended"


class CallerPhase(StrEnum):
    """What the caller does."""

    SILENT = "silent"
    SPEAKING = "speaking"
    PAUSING = "pausing"


class ReplyPhase(StrEnum):
    """How far a reply is. `APPROVED` waits for its first audio, for a filler to end, or for a noise to pass."""

    DRAFTING = "drafting"
    APPROVED = "approved"
    SPEAKING = "speaking"
    HELD = "held"


class ToolPhase(StrEnum):
    """Whether a reply waits for a tool."""

    NONE = "none"
    RUNNING = "running"
    SETTLED = "settled"


AUDIBLE = frozenset({ReplyPhase.SPEAKING, ReplyPhase.HELD})


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller's turn in the making.

    `revision` rises with every start of speech in the whole call, so a turn and a revision name one stretch of speech.
    `base_text` is what an earlier half of the turn said, `partial` and `final` the words of the present half (`final`
    is None until speech-to-text answers for this revision), `end_probability` how likely it is that nothing follows
    these, `sentence_end` how often a sentence ends after them. `over` is the reply spoken over, while it is undecided
    what that means. `digits` are keys pressed and not yet answered; `draft_failed` that no draft is tried again before
    the words are final, `took_the_floor` that the agent fell silent for this. `language` is the one that was heard
    last, None while speech-to-text has not told. `drafts` of this turn began so far, the last at `drafted_at`.
    """

    phase: CallerPhase = CallerPhase.SILENT
    turn: int = 0
    revision: int = 0
    began: int = 0
    ended: int = 0
    base_text: str = ""
    partial: str = ""
    final: str | None = None
    end_probability: float | None = None
    sentence_end: float | None = None
    scored: bool = False
    score: float | None = None
    over: int | None = None
    agent_remaining_ms: int | None = None
    digits: str = ""
    draft_failed: bool = False
    took_the_floor: bool = False
    pauses: tuple[int, ...] = ()
    language: Language | None = None
    drafts: int = 0
    drafted_at: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Something the agent says: the answer to a turn (`prompt` is None), or fixed words.

    `voiced`: its audio may be made. `awaited_since`: when the caller, or a tool of the reply, left off. `changed`: a
    tool that alters something in the world has been started for it, so it cannot be taken back.
    """

    id: int
    turn: int
    text: str
    phase: ReplyPhase
    prompt: Prompt | None = None
    urgent: bool = False
    audio_ready: bool = False
    expects: Expectation = Expectation.OPEN
    afterwards: Afterwards = None
    tool: ToolPhase = ToolPhase.NONE
    changed: bool = False
    voiced: bool = True
    awaited_since: int = 0
    started_at: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Everything the turn core knows.

    `reply` is the main line of speech, `filler` the words that bridge a wait for it; never are both audible.
    `settled_turn` counts the caller turns that were approved; `answered_text` is what the last of them said.
    `failures` counts replies that failed, and `unheard_turns` turns without an intelligible word, since one went well.
    """

    call: CallPhase = CallPhase.CONNECTING
    line_held: bool = False
    caller: Caller = field(default_factory=Caller)
    reply: Reply | None = None
    filler: Reply | None = None
    settled_turn: int = 0
    answered_text: str = ""
    expects: Expectation = Expectation.OPEN
    turn_ended_at: int = 0
    next_reply: int = 1
    idle_prompts: int = 0
    caller_asked_to_wait: bool = False
    failures: int = 0
    unheard_turns: int = 0
    filler_at: int | None = None
    timers: Mapping[Timer, int] = field(default_factory=dict)

    @property
    def interruptible(self) -> Reply | None:
        """What the agent is saying, if speech over it holds it: an emergency's answer goes on."""
        audible = self.audible
        if audible is None or audible.urgent or audible.phase is not ReplyPhase.SPEAKING:
            return None
        return audible

    @property
    def audible(self) -> Reply | None:
        """The reply that is on the line, speaking or held."""
        for reply in (self.filler, self.reply):
            if reply is not None and reply.phase in AUDIBLE:
                return reply
        return None
