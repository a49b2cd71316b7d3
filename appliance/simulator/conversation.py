"""Runs a scenario: the real session, turn core, listening and speaking code, in virtual time."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.history import Entry
from appliance.dialogue.prompts import Prompts
from appliance.line import HangUpReason
from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceSettings
from appliance.metrics import Metrics
from appliance.session.journal import Journal
from appliance.session.mind import Mind, words_for
from appliance.session.session import Session
from appliance.simulator.call_time import CallTime
from appliance.simulator.engines import (
    LINE_RATE,
    ClauseAudio,
    ScenarioEndOfTurn,
    ScenarioSpeechToText,
    ScenarioTextToSpeech,
    ScenarioVad,
    SpokenClauses,
)
from appliance.simulator.faults import Faults
from appliance.simulator.mind import Draft, ScenarioDialogue, ScenarioTools, ToolRun
from appliance.simulator.scenario import Scenario
from appliance.simulator.scenario_line import ScenarioLine
from appliance.simulator.virtual_loop import run_virtually
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.utterance import Voice
from appliance.trace import CallTrace, ToolTrace, TraceRecorder, UtteranceTrace
from appliance.turn.actions import Action
from appliance.turn.events import Event
from appliance.turn.settings import TurnSettings
from appliance.turn.state import CallerPhase, State
from models.sentence_ends import SentenceEnds, known_sentence_ends

_OPERATOR = "sip:operator@clinic.example"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the turn core: the time on the session's clock, what came in, and what went out."""

    at: float
    event: Event
    actions: tuple[Action, ...]
    after: State


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A reply to `turn` has waited for a tool."""

    turn: int
    tool: ToolTrace


@dataclass(frozen=True, slots=True)
class Run:
    """A call that was simulated. `played` has a frame for every 20 ms, `clauses` what the numbers in them mean."""

    scenario: Scenario
    settings: TurnSettings
    reason: HangUpReason
    steps: tuple[Step, ...]
    played: tuple[bytes, ...]
    clauses: Mapping[int, ClauseAudio]
    spoken: tuple[UtteranceTrace, ...]
    history: tuple[Entry, ...]
    drafts: tuple[Draft, ...]
    tool_runs: tuple[ToolRun, ...]
    tool_uses: tuple[ToolUse, ...]
    transferred_to: str | None
    trace: CallTrace


class _Watch(Journal):
    """A journal that also keeps every step as it was."""

    def __init__(self, recorder: TraceRecorder, metrics: Metrics) -> None:
        super().__init__(recorder, metrics)
        self.steps: list[Step] = []
        self.utterances: list[UtteranceTrace] = []
        self.tool_uses: list[ToolUse] = []

    def stepped(self, before: State, event: Event, after: State, actions: tuple[Action, ...], now_ms: float) -> None:
        super().stepped(before, event, after, actions, now_ms)
        self.steps.append(Step(now_ms, event, actions, after))

    def spoken(self, utterance: UtteranceTrace, *, is_answer: bool) -> None:
        super().spoken(utterance, is_answer=is_answer)
        self.utterances.append(utterance)

    def tool(self, turn: int, tool: ToolTrace) -> None:
        super().tool(turn, tool)
        self.tool_uses.append(ToolUse(turn, tool))

    def at_rest(self) -> bool:
        """Whether the agent has nothing more to do or to wait for but the caller."""
        if not self.steps:
            return False
        state = self.steps[-1].after
        caller = state.caller
        return (
            state.reply is None
            and state.filler is None
            and caller.phase is CallerPhase.SILENT
            and not caller.digits
            and not state.line_held
        )


@dataclass
class Simulator:
    """Runs scenarios under one clinic's settings; as in an appliance, fixed phrases are made into audio beforehand."""

    settings: TurnSettings = field(default_factory=TurnSettings)
    voice_settings: VoiceSettings = field(default_factory=VoiceSettings)
    _prompts: Prompts = field(default_factory=lambda: Prompts.of(ClinicProfile()), init=False)
    _sentence_ends: Mapping[str, SentenceEnds] = field(default_factory=known_sentence_ends, init=False)
    _phrases: PhraseCache = field(default_factory=PhraseCache, init=False)
    _phrase_clauses: SpokenClauses = field(default_factory=SpokenClauses, init=False)
    _made: set[str] = field(default_factory=set, init=False)
    _metrics: Metrics = field(default_factory=Metrics, init=False)

    def run(self, scenario: Scenario) -> Run:
        """Hold the call in virtual time; the same scenario and settings give the same run."""
        return run_virtually(self._call(scenario))

    async def _make(self, phrases: set[str]) -> None:
        missing = sorted(phrases - self._made - {""})
        if missing:
            await self._phrases.warm_up(missing, ScenarioTextToSpeech(self._phrase_clauses), (LINE_RATE,))
            self._made.update(missing)

    async def _call(self, scenario: Scenario) -> Run:
        await self._make({*self._prompts.all(), scenario.greeting})
        time = CallTime()
        faults = Faults(scenario.failures, time)
        dialogue = ScenarioDialogue(scenario, time, faults)
        tools = ScenarioTools(scenario, time)
        clauses = self._phrase_clauses.copy()
        tts = ScenarioTextToSpeech(clauses, dialogue.pace_of, faults)
        recorder = TraceRecorder("simulated", "", "")
        watch = _Watch(recorder, self._metrics)
        line = ScenarioLine(scenario, watch.at_rest)
        session = Session(
            line=line,
            ear_for=lambda on_partial: Ear(
                LINE_RATE,
                ScenarioVad(scenario),
                ScenarioSpeechToText(scenario, time, faults),
                ScenarioEndOfTurn(scenario, time, faults),
                on_partial,
                self.voice_settings,
            ),
            voice=Voice(tts, LINE_RATE, self._phrases),
            mind=Mind(
                dialogue,
                words_for(self._prompts, scenario.greeting, _OPERATOR),
                tools.tools,
                emergency_in,
                sentence_ends=self._sentence_ends,
            ),
            settings=self.settings,
            journal=watch,
        )
        reason = await session.run()
        return Run(
            scenario,
            self.settings,
            reason,
            tuple(watch.steps),
            tuple(line.played),
            clauses.clauses,
            tuple(watch.utterances),
            dialogue.history.entries,
            tuple(dialogue.drafts),
            tuple(tools.runs),
            tuple(watch.tool_uses),
            line.transferred_to,
            recorder.ended(str(reason), line.now_ms, None),
        )
