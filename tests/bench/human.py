"""Response, silence after barge-in and answers into a pause with real human speech and engines of known delay."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from sip.caller.plan import CallerPlan, CallPlan, CallResult
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Pause, Play, PlayOver, Step, WaitForAgentSilence
from tests.bench.bench import appliance, check_answered, progress, traces
from tests.bench.human_speech import SPEECH_PACKAGE, Prompt, prompts
from tests.bench.options import Options
from tests.bench.report import Figure, Report, share
from tests.bench.wire import best_match, decided_unscored, latency_figures, stages_table
from tests.wire.running import Settings

PAUSE_S: Final = 0.7
ENGINES: Final[Settings] = MappingProxyType(
    {
        "engines": {
            "vad": "silero",
            "end_of_turn": "smart_turn",
            "stt": "simulated",
            "llm": "simulated",
            "tts": "simulated",
        },
        "engines.simulated": {
            "stt_delay_ms": 100.0,
            "llm_ttft_ms": 100.0,
            "llm_token_ms": 20.0,
            "tts_ttfb_ms": 80.0,
            "tts_ms_per_char": 25.0,
            # 24 words, the first clause of 6.
            "reply": "Thank you, I can see that, and we have several free appointments with our doctors "
            "this week, and they are all in the morning.",
            "transcripts": ["I would like to see a doctor some time this week"],
        },
    }
)
DELAYS: Final = (
    "Speech to text, language model and text to speech are simulated: final words 100 ms after they are asked for, "
    "first word of the reply 100 ms later and then one every 20 ms (24 words, the first clause of 6), first audio of a "
    "clause after 80 ms; Silero and Smart Turn are real."
)
TRUE_WORDS: Final = (
    "A transcript has the words that were really said, as far as they have been said when it is asked for: their place "
    "in a prompt is estimated from their letters."
)
RESPONSE_LIMITS_MS: Final = (430.0, 900.0)
SILENCE_LIMITS_MS: Final = (130.0, 220.0)
ANSWERED_INTO_LIMIT: Final = 25.0
FEWEST_PROMPTS: Final = 2
_AT_ONCE: Final = 4
BARGE_IN_AFTER_S: Final = 1.2
_AGENT_DONE: Final = WaitForAgentSilence(500, 10.0)
_CALL_LIMIT_S: Final = 280.0


def hearing_recordings(directory: Path) -> Settings:
    """The engines, with a speech-to-text that knows the prompts in `directory`."""
    return {**ENGINES, "engines.simulated": {**ENGINES["engines.simulated"], "recordings": str(directory)}}


@dataclass(frozen=True, slots=True)
class Scripts:
    """Steps of every call."""

    plain: tuple[tuple[Step, ...], ...]
    paused: tuple[tuple[Step, ...], ...]

    @property
    def all(self) -> tuple[tuple[Step, ...], ...]:
        """Those with pauses last."""
        return (*self.plain, *self.paused)


def scripts(spoken: Sequence[Prompt]) -> Scripts:
    """Two calls whose turns are cut short by the next prompt every other time, two with a pause within each turn.

    Two thirds of the prompts are in the former, all in the latter: then they take about as long.
    """
    plain = spoken[: max(FEWEST_PROMPTS, 2 * len(spoken) // 3)]
    return Scripts(
        plain=tuple(_call(_with_barge_ins(half)) for half in (plain[0::2], plain[1::2])),
        paused=tuple(_call(_with_pauses(half)) for half in (spoken[0::2], spoken[1::2])),
    )


def _call(steps: Sequence[Step]) -> tuple[Step, ...]:
    return (_AGENT_DONE, *steps, HangUp())


def _with_barge_ins(spoken: Sequence[Prompt]) -> list[Step]:
    steps: list[Step] = []
    for prompt, interruption in zip(spoken, [*spoken[1:], spoken[0]], strict=True):
        steps += [Play(prompt.file), PlayOver(interruption.file, BARGE_IN_AFTER_S, patience_s=5.0), _AGENT_DONE]
    return steps


def _with_pauses(spoken: Sequence[Prompt]) -> list[Step]:
    steps: list[Step] = []
    for prompt in spoken:
        steps += [Play(prompt.file, (Pause(prompt.pause_at_s, PAUSE_S),)), _AGENT_DONE]
    return steps


async def measure(options: Options) -> Report:
    """Fetch the prompts, play them, report."""
    with TemporaryDirectory(prefix="bench-speech-") as directory:
        spoken = prompts(Path(directory), options.part, options.turns)
        wanted = scripts(spoken)
        with appliance(hearing_recordings(Path(directory))) as running_one:
            progress(f"{len(wanted.all)} calls, {_AT_ONCE} at a time, {len(spoken)} prompts")
            plans = tuple(CallPlan(running_one.uri, script, max_s=_CALL_LIMIT_S) for script in wanted.all)
            result = await run_caller_process(CallerPlan(plans, _AT_ONCE))
            check_answered(result.calls)
            traced = await traces(running_one, len(plans))
    plain, paused = result.calls[: len(wanted.plain)], result.calls[len(wanted.plain) :]
    matched = [turn for call in plain for turn in best_match(call, traced)]
    in_pauses = [turn for call in paused for turn in best_match(call, traced)]
    return Report(
        how=f"By SIP, {len(spoken)} sentences of the Debian package {SPEECH_PACKAGE} (a woman's voice, 8 kHz; part "
        f"`{options.part}`). {DELAYS} {TRUE_WORDS} {_AT_ONCE} calls at a time: in two, two thirds of the prompts are "
        f"said plainly and once more {BARGE_IN_AFTER_S:g} s into the agent's speech, in two all of them with a pause.",
        figures=(
            *latency_figures(matched, RESPONSE_LIMITS_MS, SILENCE_LIMITS_MS),
            answered_into(paused, ANSWERED_INTO_LIMIT),
            decided_unscored([*matched, *in_pauses]),
        ),
        tables=(
            stages_table(matched, "turns without a pause"),
            stages_table(in_pauses, f"turns with a pause of {PAUSE_S:g} s"),
        ),
        remarks=(
            "The pause is silence spliced in where the middle of the prompt is softest; *answered into* means that the "
            "agent began to speak between the caller's first and last sound.",
        ),
    )


def answered_into(calls: Sequence[CallResult], limit: float | None = None) -> Figure:
    """Of the turns with a pause, those that the agent began to answer before they were over."""
    turns = [turn for call in calls for turn in call.turns]
    cut = sum(turn.cut_in_ms is not None for turn in turns)
    return share(f"pauses of {PAUSE_S:g} s that the agent answered into", cut, len(turns), limit)
