"""The replies of one call in the making: text from the dialogue, audio from the voice, both dropped together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from appliance.clinic.tool import Tool
from appliance.dialogue.foresight import tools_needed_soon
from appliance.dialogue.gate import ToolGate, ToolUse
from appliance.dialogue.reply import ReplyEnd, Text
from appliance.session.clock import Clock
from appliance.session.journal import Journal
from appliance.session.mind import Mind
from appliance.speaking.rendering import closing
from appliance.speaking.speech import Speech
from appliance.speaking.utterance import (
    AudioComplete,
    FirstAudio,
    FirstClause,
    FirstText,
    InLanguage,
    TextComplete,
    Utterance,
    UtteranceEvent,
    UtteranceFailed,
    Voice,
)
from appliance.speaking.utterance import Stage as UtteranceStage
from appliance.trace import Stage, ToolTrace, UtteranceTrace
from appliance.turn.events import AudioReady, Event, ReplyCompleted, ReplyFailed, ToolSettled, ToolStarted
from appliance.turn.facts import Expectation, Language, Prompt
from models.errors import EngineError

logger = logging.getLogger(__name__)

_FILLERS = frozenset({Prompt.FILLER, Prompt.TOOL_FILLER})


@dataclass(slots=True)
class RunningReply:
    """A reply that has not ended. `failed`: no more audio will come, but what there is can be played."""

    id: int
    turn: int
    prompt: Prompt | None
    utterance: Utterance = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    approved: asyncio.Event = field(default_factory=asyncio.Event)
    end: ReplyEnd = field(default_factory=ReplyEnd)
    began_ms: float = 0.0
    failed: bool = False

    @property
    def speech(self) -> Speech:
        """Its audio so far."""
        return self.utterance.speech

    @property
    def kind(self) -> str:
        """For the trace: "answer", or the prompt's name."""
        return "answer" if self.prompt is None else str(self.prompt)


class Replies:
    """Starts, approves and ends replies; `report` is told what becomes of them."""

    def __init__(
        self,
        call_id: str,
        mind: Mind,
        voice: Voice,
        tasks: asyncio.TaskGroup,
        clock: Clock,
        journal: Journal,
        report: Callable[[Event], None],
    ) -> None:
        self._call_id = call_id
        self._mind = mind
        self._voice = voice
        self._tasks = tasks
        self._gate = ToolGate(mind.tools, tasks)
        self._clock = clock
        self._journal = journal
        self._report = report
        self._running: dict[int, RunningReply] = {}
        self._tool: Tool | None = None
        self._tool_began_ms = 0.0

    def __getitem__(self, reply: int) -> RunningReply:
        return self._running[reply]

    def start_draft(self, reply: int, turn: int, text: str, *, voiced: bool) -> None:
        """Have the dialogue reply to `text`; unless `voiced`, audio waits for `Utterance.allow_audio`."""
        run = RunningReply(reply, turn, None)
        self._start(run, self._draft_text(run, text), voiced=voiced)

    def start_prompt(self, reply: int, prompt: Prompt, language: str | None) -> None:
        """Prepare fixed words, in the caller's language where there are such; None is the clinic's."""
        run = RunningReply(reply, 0, prompt)
        other = self._mind.others.get(language) if language else None
        words = (other.words if other else self._mind.words)[prompt]
        run.end = ReplyEnd(afterwards=words.afterwards)
        text = words.text
        if prompt is Prompt.TOOL_FILLER and self._tool is not None:
            text = (other.fillers.get(self._tool.name) if other else self._tool.filler) or text
        self._start(run, _fixed(InLanguage(text, language) if other and language else text))

    def approve(self, reply: int, turn: int, text: str) -> None:
        """The draft is the answer."""
        self._mind.dialogue.accept(turn, text)
        self._running[reply].approved.set()

    def look_ahead(self, text: str, language: Language, asked: Expectation) -> None:
        """Words of the caller, who was `asked` for something: have read what an answer to them will need."""
        self._gate.read_ahead(tools_needed_soon(text, language, asked))

    def end(self, reply: int, heard: str, *, cut: bool, retracted: bool) -> None:
        """The reply is over; `heard` is what the caller heard of it."""
        run = self._running.pop(reply)
        run.task.cancel()
        if not heard.strip():
            return
        if not retracted and run.prompt not in _FILLERS:
            self._mind.dialogue.spoken(heard, cut=cut)
        spoken = UtteranceTrace(run.turn, run.kind, run.began_ms, self._clock.now_ms, heard, cut)
        self._journal.spoken(spoken, is_answer=run.prompt is None and not retracted)

    def end_all(self) -> None:
        """The call is over."""
        for run in self._running.values():
            run.task.cancel()
        self._running.clear()
        self._gate.close()

    def _start(self, run: RunningReply, text: AsyncIterator[str | InLanguage], *, voiced: bool = True) -> None:
        run.utterance = Utterance(text, self._voice, lambda event: self._told(run, event), voiced=voiced)
        self._running[run.id] = run
        run.task = self._tasks.create_task(run.utterance.run(), name=f"reply-{run.id}")

    async def _draft_text(self, run: RunningReply, text: str) -> AsyncIterator[str | InLanguage]:
        use = ToolUse(lambda tool: self._tool_started(run, tool), lambda tool, how: self._tool_settled(run, tool, how))
        tools = self._gate.for_reply(run.turn, run.approved, use)
        async with closing(self._mind.dialogue.draft(run.turn, text, tools)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    yield InLanguage(piece.text, piece.language) if piece.language else piece.text
                else:
                    run.end = piece

    def _tool_started(self, run: RunningReply, tool: Tool) -> None:
        self._tool = tool
        self._tool_began_ms = self._clock.now_ms
        self._report(ToolStarted(self._clock.line_ms, run.id, tool.changes))

    def _tool_settled(self, run: RunningReply, tool: Tool, outcome: str) -> None:
        began = self._tool_began_ms
        self._journal.tool(run.turn, ToolTrace(tool.name, began, self._clock.now_ms - began, outcome))
        self._report(ToolSettled(self._clock.line_ms, run.id))

    def _told(self, run: RunningReply, event: UtteranceEvent) -> None:
        """The utterance has come further."""
        if run.id not in self._running:
            return
        match event:
            case FirstText():
                self._reached(run, Stage.FIRST_TOKEN)
            case FirstClause():
                self._reached(run, Stage.FIRST_CLAUSE)
            case FirstAudio():
                self._reached(run, Stage.FIRST_AUDIO)
                self._report(AudioReady(self._clock.line_ms, run.id))
            case TextComplete():
                self._report(ReplyCompleted(self._clock.line_ms, run.id, run.end.expects, run.end.afterwards))
            case AudioComplete() if not run.speech.frames:
                self._nothing_to_say(run)
            case UtteranceFailed(stage=stage, error=error):
                engine = "tts" if stage is UtteranceStage.SYNTHESIS else "dialogue"
                kind = "failed" if isinstance(error, EngineError) else type(error).__name__
                self._fail(run, engine, kind)
            case _:
                pass

    def _reached(self, run: RunningReply, stage: Stage) -> None:
        if run.prompt is None:
            self._journal.reached(run.turn, stage, self._clock.now_ms)

    def _nothing_to_say(self, run: RunningReply) -> None:
        if run.prompt is None:
            self._fail(run, "dialogue", "empty")
        else:
            # A prompt without words is one that this line does without.
            self._report(ReplyFailed(self._clock.line_ms, run.id))

    def _fail(self, run: RunningReply, engine: str, kind: str) -> None:
        logger.error("reply failed: %s, %s", engine, kind, extra={"call_id": self._call_id})
        self._journal.engine_failed(engine, "failed")
        run.failed = True
        if not run.speech.frames:
            self._report(ReplyFailed(self._clock.line_ms, run.id))


async def _fixed(text: str | InLanguage) -> AsyncIterator[str | InLanguage]:
    yield text
