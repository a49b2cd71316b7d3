"""What a simulated call was like, measured on what was heard and on the scenario's own truth. All times in ms."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from appliance.line import FRAME_MS
from appliance.simulator.conversation import Run, ToolUse
from appliance.simulator.engines import frame_origin
from appliance.simulator.scenario import Stretch
from appliance.turn.actions import Approve, Cancel, Finish, Hold, Play, Resume, StartPrompt
from appliance.turn.facts import Prompt
from appliance.turn.tokens import words

FILLERS = frozenset({Prompt.FILLER, Prompt.TOOL_FILLER})
DEAD_AIR_MS = 1000
# The agent cannot know of speech that began less than this before it (the VAD needs two windows).
_UNHEARD_YET_MS = 150
_ROUNDING_MS = 0.5


@dataclass(frozen=True, slots=True)
class AgentSound:
    """The agent was heard from `begins` to `ends`. `goes_on`: after a hold. `ended`: the reply was heard to its end."""

    reply: int
    prompt: Prompt | None
    begins: int
    ends: int
    goes_on: bool
    ended: bool
    urgent: bool


@dataclass(frozen=True, slots=True)
class HeldReply:
    """A reply fell silent for a caller whose sound began at `onset`. `resumed_at`: when it was heard again, if ever."""

    reply: int
    onset: int
    silent_at: int
    resumed_at: int | None

    @property
    def time_to_silence(self) -> int:
        """From the caller's first sound."""
        return self.silent_at - self.onset


@dataclass(frozen=True, slots=True)
class TurnReport:
    """A turn of the caller and its answer. `answers` counts how often it was answered: more than once when the caller
    went on. `first_sound` is that of a filler or of the answer, `first_audio` the answer's."""

    turn: int
    text: str
    speech_ended: float
    first_sound: int | None
    first_audio: int | None
    answers: int
    heard: str
    cut: bool
    holds: int
    resumed: int
    tools: tuple[ToolUse, ...]

    @property
    def response_latency(self) -> float | None:
        """From the true end of the caller's speech to the first frame of the answer on the line."""
        return None if self.first_audio is None else self.first_audio - self.speech_ended

    @property
    def first_sound_latency(self) -> float | None:
        """The same to the first frame of anything."""
        return None if self.first_sound is None else self.first_sound - self.speech_ended


@dataclass(frozen=True, slots=True)
class DeadAir:
    """Silence while the caller was owed something."""

    begins: int
    ends: int


class Report:
    """The measures of one run, each worked out when asked for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stretches = tuple(
            stretch
            for stretch in run.scenario.stretches
            if stretch.begins < self.ends and not run.scenario.on_hold(stretch.begins)
        )

    @property
    def ends(self) -> int:
        """When the call ended."""
        return len(self.run.played) * FRAME_MS

    @cached_property
    def _plays(self) -> tuple[tuple[float, int, bool], ...]:
        """(time, reply, urgent) of every `Play`."""
        plays = []
        for step in self.run.steps:
            for action in step.actions:
                if isinstance(action, Play):
                    reply = step.after.reply
                    urgent = reply is not None and reply.id == action.reply and reply.urgent
                    plays.append((step.at, action.reply, urgent))
        return tuple(plays)

    @cached_property
    def prompts(self) -> dict[int, Prompt]:
        """The replies that are fixed words."""
        return {a.reply: a.prompt for step in self.run.steps for a in step.actions if isinstance(a, StartPrompt)}

    @cached_property
    def sounds(self) -> tuple[AgentSound, ...]:
        """Every stretch of agent audio."""
        finished = {a.reply for step in self.run.steps for a in step.actions if isinstance(a, Finish)}
        plays = deque(self._plays)
        spans: list[tuple[int, int, int, bool]] = []
        playing, urgent = 0, False
        for begins, ends in _runs_of_sound(self.run.played, [round(at) for at, _, _ in plays]):
            while plays and plays[0][0] <= begins + _ROUNDING_MS:
                _, playing, urgent = plays.popleft()
            spans.append((playing, begins, ends, urgent))
        last = {reply: ends for reply, _, ends, _ in spans}
        first = {reply: begins for reply, begins, _, _ in reversed(spans)}
        return tuple(
            AgentSound(
                reply,
                self.prompts.get(reply),
                begins,
                ends,
                goes_on=begins != first[reply],
                ended=ends == last[reply] and reply in finished,
                urgent=urgent,
            )
            for reply, begins, ends, urgent in spans
        )

    @cached_property
    def held(self) -> tuple[HeldReply, ...]:
        """Every time that a reply fell silent for the caller."""
        found = [
            self._held(action.reply, number)
            for number, step in enumerate(self.run.steps)
            for action in step.actions
            if isinstance(action, Hold) and not step.after.line_held
        ]
        return tuple(held for held in found if held is not None)

    def _held(self, reply: int, number: int) -> HeldReply | None:
        at = self.run.steps[number].at
        before = [sound for sound in self.sounds if sound.reply == reply and sound.begins <= at]
        caller = [stretch for stretch in self.stretches if stretch.begins <= at]
        if not before or not caller:
            return None
        silent_at = before[-1].ends
        resumed_at = None
        for step in self.run.steps[number + 1 :]:
            if any(isinstance(a, Cancel | Finish) and a.reply == reply for a in step.actions):
                break
            if any(isinstance(a, Resume) and a.reply == reply for a in step.actions):
                resumed_at = next((s.begins for s in self.sounds if s.reply == reply and s.begins >= silent_at), None)
                break
        return HeldReply(reply, max(caller[-1].begins, before[-1].begins), silent_at, resumed_at)

    @cached_property
    def interrupted(self) -> tuple[int, ...]:
        """The replies that were heard in part and then ended for good."""
        audible = {sound.reply for sound in self.sounds}
        cancelled = [a.reply for s in self.run.steps for a in s.actions if isinstance(a, Cancel) and a.reply in audible]
        return tuple(reply for reply in cancelled if reply not in self._cancelled_by_the_end)

    @cached_property
    def _cancelled_by_the_end(self) -> frozenset[int]:
        return frozenset(a.reply for a in self.run.steps[-1].actions if isinstance(a, Cancel))

    @cached_property
    def cut_ins(self) -> tuple[AgentSound, ...]:
        """What the agent began to say while the caller had not finished: in a pause of an utterance, or over speech."""
        return tuple(sound for sound in self.sounds if not sound.goes_on and not sound.urgent and self._cuts_in(sound))

    def _cuts_in(self, sound: AgentSound) -> bool:
        if sound.prompt is Prompt.GREETING:
            return False
        for utterance in self.run.scenario.utterances:
            if utterance.say and utterance.at + _UNHEARD_YET_MS < sound.begins < utterance.until:
                return True
        return False

    @cached_property
    def turns(self) -> tuple[TurnReport, ...]:
        """The caller's turns that were answered, in order; a turn answered again is told by its last answer."""
        approvals: dict[int, list[tuple[float, Approve]]] = {}
        for step in self.run.steps:
            for action in step.actions:
                if isinstance(action, Approve):
                    approvals.setdefault(action.turn, []).append((step.at, action))
        return tuple(self._turn(turn, answers) for turn, answers in sorted(approvals.items()))

    def _turn(self, turn: int, answers: list[tuple[float, Approve]]) -> TurnReport:
        at, approval = answers[-1]
        spoken = [utterance for utterance in self.run.spoken if utterance.turn == turn and utterance.kind == "answer"]
        first_audio = next((s.begins for s in self.sounds if s.reply == approval.reply), None)
        until = float("inf") if first_audio is None else first_audio
        sounds = (s for s in self.sounds if at - _ROUNDING_MS <= s.begins <= until)
        first_sound = next((s.begins for s in sounds if s.reply == approval.reply or s.prompt in FILLERS), None)
        holds = [held for held in self.held if held.reply == approval.reply]
        return TurnReport(
            turn,
            approval.text,
            self._speech_ended(at, approval.text),
            first_sound,
            first_audio,
            len(answers),
            spoken[-1].heard if spoken else "",
            spoken[-1].cut if spoken else False,
            len(holds),
            sum(held.resumed_at is not None for held in holds),
            tuple(use for use in self.run.tool_uses if use.turn == turn),
        )

    def _speech_ended(self, at: float, text: str) -> float:
        """The true end of what was answered at `at`; for an answer in the midst of speech, the moment itself."""
        if any(stretch.begins <= at < stretch.ends for stretch in self.stretches):
            return at
        ends = [s.ends for s in self.stretches if s.ends <= at and (s.words or not words(text))]
        keys = [key.at for key in self.run.scenario.keys if key.at <= at]
        return max([*ends, *keys], default=at)

    @cached_property
    def silences(self) -> tuple[DeadAir, ...]:
        """Every silence in which the caller was owed something: after speech or keys, after a filler, after a cut."""
        busy = sorted(
            [(s.begins, s.ends) for s in self.sounds]
            + [(s.begins, s.ends) for s in self.stretches]
            + [(hold.at, hold.until) for hold in self.run.scenario.holds]
            + [(key.at, key.at) for key in self.run.scenario.keys]
            + [(self.ends, self.ends)]
        )
        silences, until = [], 0
        for begins, ends in busy:
            if until < begins <= self.ends and self._owed(until):
                silences.append(DeadAir(until, begins))
            until = max(until, ends)
        return tuple(silences)

    def _owed(self, at: int) -> bool:
        """Whether it is the agent's turn to make a sound `at`, by what was the last thing of meaning before."""
        happened: list[tuple[int, bool]] = [(s.ends, not s.ended or s.prompt in FILLERS) for s in self.sounds]
        happened += [(s.ends, True) for s in self.stretches if s.words]
        happened += [(key.at, True) for key in self.run.scenario.keys]
        before = [event for event in happened if event[0] <= at]
        return max(before)[1] if before else bool(self.run.scenario.greeting)

    @property
    def dead_air(self) -> tuple[DeadAir, ...]:
        """Silences of over a second."""
        return tuple(silence for silence in self.silences if silence.ends - silence.begins > DEAD_AIR_MS)

    def clause_frames(self) -> Iterator[tuple[int, int, int]]:
        """(time, clause number, place in the clause) of every played frame."""
        for number, pcm in enumerate(self.run.played):
            if pcm:
                yield number * FRAME_MS, *frame_origin(pcm)

    def sounding_before(self, at: int) -> Stretch | None:
        """The caller's sound that goes on at `at`."""
        return next((s for s in self.stretches if s.begins <= at < s.ends), None)


def _runs_of_sound(played: tuple[bytes, ...], boundaries: list[int]) -> Iterator[tuple[int, int]]:
    """Frames in a row, cut where another reply begins."""
    began: int | None = None
    cuts = {-(-at // FRAME_MS) * FRAME_MS for at in boundaries}
    for number, pcm in enumerate((*played, b"")):
        at = number * FRAME_MS
        if began is not None and (not pcm or at in cuts):
            if at > began:
                yield began, at
            began = None
        if pcm and began is None:
            began = at
