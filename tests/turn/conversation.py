"""Drives the turn core event by event and keeps what it asked for."""

from appliance.turn.actions import Action, SetTimer
from appliance.turn.core import step
from appliance.turn.events import (
    AudioReady,
    CallAnswered,
    EndOfTurnScored,
    Event,
    FinalTranscript,
    PlayoutFinished,
    ReplyCompleted,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
)
from appliance.turn.facts import Afterwards, Expectation, Timer
from appliance.turn.settings import TurnSettings
from appliance.turn.state import Reply, State


class Conversation:
    def __init__(self, settings: TurnSettings | None = None) -> None:
        self.settings = settings or TurnSettings()
        self.state = State()
        self.log: list[Action] = []

    def send(self, event: Event) -> tuple[Action, ...]:
        self.state, actions = step(self.state, event, self.settings)
        self.log.extend(actions)
        return actions

    def fire(self, timer: Timer) -> tuple[Action, ...]:
        """The armed timer comes due."""
        due = self.state.timers[timer]
        return self.send(TimerFired(due, timer, due))

    def open_and_greet(self) -> None:
        """Answer, and let the greeting be heard: 0 to 1000 ms."""
        self.send(CallAnswered(0))
        greeting = self.reply
        self.send(AudioReady(0, greeting.id))
        self.send(ReplyCompleted(0, greeting.id))
        self.send(PlayoutFinished(1000, greeting.id))

    def start_speaking(self, at: int, remaining: int | None = None) -> tuple[Action, ...]:
        return self.send(SpeechStarted(at, at - 70, remaining))

    def pause(self, at: int) -> tuple[Action, ...]:
        return self.send(SpeechPaused(at, at - 100))

    def transcript(self, at: int, text: str, *, rejected: bool = False) -> tuple[Action, ...]:
        caller = self.state.caller
        return self.send(FinalTranscript(at, caller.turn, caller.revision, text, rejected))

    def score(self, at: int, score: float | None) -> tuple[Action, ...]:
        caller = self.state.caller
        return self.send(EndOfTurnScored(at, caller.turn, caller.revision, score))

    def say(self, at: int, text: str, *, duration: int = 1000, score: float = 0.99) -> tuple[Action, ...]:
        """A stretch of caller speech from `at`, its words 20 ms and its score 60 ms after the soft end."""
        end = at + duration + 100
        self.start_speaking(at + 70)
        self.pause(end)
        before = len(self.log)
        self.transcript(end + 20, text)
        self.score(end + 60, score)
        return tuple(self.log[before:])

    def answer(
        self,
        at: int,
        *,
        expects: Expectation = Expectation.OPEN,
        afterwards: Afterwards = None,
    ) -> tuple[Action, ...]:
        """The reply's audio and text arrive."""
        reply = self.reply.id
        before = len(self.log)
        self.send(AudioReady(at, reply))
        self.send(ReplyCompleted(at, reply, expects, afterwards))
        return tuple(self.log[before:])

    def finish(self, at: int) -> tuple[Action, ...]:
        audible = self.state.audible
        assert audible is not None
        return self.send(PlayoutFinished(at, audible.id))

    @property
    def reply(self) -> Reply:
        assert self.state.reply is not None
        return self.state.reply

    def armed(self, timer: Timer) -> int | None:
        return self.state.timers.get(timer)

    @staticmethod
    def timers_set(actions: tuple[Action, ...]) -> dict[Timer, int]:
        return {action.timer: action.due for action in actions if isinstance(action, SetTimer)}
