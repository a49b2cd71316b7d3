"""The ear of one call: partials while the caller speaks, a final when asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.stt import PartialHandler, Transcript
from models.whisper.batching import Urgency
from models.whisper.language import CallLanguage
from models.whisper.load import partial_interval_ms
from models.whisper.local_agreement import LocalAgreement
from models.whisper.parts import Heard, Part, joined, transcript_of
from models.whisper.rolling_audio import RollingAudio, Samples, is_audible, speaks_since
from models.whisper.windows import SAMPLE_RATE

# Less is no word.
_SHORTEST_SAMPLES: Final = SAMPLE_RATE * 200 // 1000
# A turn begins with what was on the line just before the voice was found: of less than this, Whisper makes words up.
_FIRST_PARTIAL_SAMPLES: Final = SAMPLE_RATE * 500 // 1000
# After a failure, so much audio goes by before another try.
_PATIENCE_SAMPLES: Final = SAMPLE_RATE
_SUPERSEDED: Final = Transcript("", 0.0, "superseded")


Hear = Callable[[Samples, Urgency, CallLanguage], Awaitable[Heard]]
"""Has the network hear some audio. Raises `EngineError`."""


class WhisperStream:
    """Follows one caller. Everything happens on the event loop; the network runs elsewhere (`hear`)."""

    def __init__(
        self, hear: Hear, load: Callable[[], float], languages: tuple[str, ...], on_partial: PartialHandler
    ) -> None:
        self._hear = hear
        self._load = load
        self._on_partial = on_partial
        self._language = CallLanguage(languages)
        self._audio = RollingAudio()
        self._parts: list[Part] = []
        self._agreement = LocalAgreement()
        self._transcribed = 0
        self._fed = 0
        self._patient_until = 0
        self._last_partial = ""
        self._turn = 0
        self._closed = False
        self._settling = asyncio.Lock()
        self._wake = asyncio.Event()
        self._asked: dict[Urgency, asyncio.Task[Heard]] = {}
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="whisper-stream")

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Add audio (mono, 16 kHz) to the turn."""
        if samples.size and not self._closed:
            self._audio.append(samples)
            self._fed += samples.size
            if self._fed >= self._patient_until and (self._audio.overfull or self._partial_due()):
                self._wake.set()

    async def finalise(self) -> Transcript:
        """The transcript of everything fed since the last `reset`, with what is not to be believed withheld.

        `rejected` is one of `guards.Rejection`, or "superseded" when `reset` came first. Raises `EngineError` when the
        engine failed or is closed.
        """
        if self._closed:
            raise EngineError("the stream is closed", "open another")
        turn = self._turn
        self._drop(Urgency.PARTIAL)
        async with self._settling:
            await self._settle_heads()
            last = await self._hear_part(self._audio.samples()) if turn == self._turn else None
        if last is None or turn != self._turn:
            return _SUPERSEDED
        self._transcribed = len(self._audio)
        return joined([*self._parts, last])

    def reset(self) -> None:
        """Forget the turn: the next audio fed starts another."""
        self._turn += 1
        self._drop(Urgency.PARTIAL)
        self._drop(Urgency.FINAL)
        self._audio.clear()
        self._parts.clear()
        self._begin_part()
        self._last_partial = ""
        self._language = self._language.next_turn()

    async def aclose(self) -> None:
        """End the stream; its queued work is dropped."""
        self._closed = True
        asked = tuple(self._asked.values())
        self.reset()
        self._task.cancel()
        await asyncio.wait([self._task, *asked])

    def _partial_due(self) -> bool:
        if self._asked or len(self._audio) < _FIRST_PARTIAL_SAMPLES:
            return False
        fresh_ms = (len(self._audio) - self._transcribed) * 1000 / SAMPLE_RATE
        return fresh_ms >= partial_interval_ms(self._load())

    async def _follow(self) -> None:
        """Settle what no longer fits, and give partials."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                if self._audio.overfull:
                    async with self._settling:
                        await self._settle_heads()
                elif self._partial_due():
                    await self._give_partial()
            except EngineError:
                # It is in the log, and the next final says so to the session.
                self._patient_until = self._fed + _PATIENCE_SAMPLES

    async def _give_partial(self) -> None:
        samples, since = self._audio.samples(), self._transcribed
        self._transcribed = samples.size
        if not speaks_since(samples, since):
            return
        heard = await self._ask(samples, Urgency.PARTIAL, self._language)
        if heard is None or heard.rejection is not None:
            return
        stable = self._agreement.hear(heard.hypothesis.text.split())
        settled = [part.heard.hypothesis.text for part in self._parts if part.heard and not part.heard.rejection]
        text = " ".join([*settled, *stable])
        if text != self._last_partial:
            self._last_partial = text
            self._on_partial(transcript_of(text, heard.hypothesis))

    async def _settle_heads(self) -> None:
        """Transcribe once and for all what no longer fits into the window. The lock is held."""
        while self._audio.overfull:
            head = self._audio.head()
            part = await self._hear_part(head)
            if part is None:
                return
            self._parts.append(part)
            self._audio.drop(head.size)
            self._begin_part()

    async def _hear_part(self, samples: Samples) -> Part | None:
        """None when `reset` came first."""
        if samples.size < _SHORTEST_SAMPLES or not is_audible(samples):
            return Part(samples.size, None)
        heard = await self._ask(samples, Urgency.FINAL, replace(self._language, settled=False))
        return Part(samples.size, heard) if heard else None

    async def _ask(self, samples: Samples, urgency: Urgency, language: CallLanguage) -> Heard | None:
        """Have some audio heard; None when it was dropped meanwhile."""
        turn = self._turn
        task = asyncio.ensure_future(self._hear(samples, urgency, language))
        self._asked[urgency] = task
        try:
            await asyncio.wait([task])
            if task.cancelled():
                return None
            heard = task.result()
            # It may have come just before the reset that dropped it.
            if turn != self._turn:
                return None
        finally:
            task.cancel()
            if self._asked.get(urgency) is task:
                del self._asked[urgency]
        self._language = heard.hypothesis.language
        return heard

    def _begin_part(self) -> None:
        self._agreement = LocalAgreement()
        self._transcribed = 0

    def _drop(self, urgency: Urgency) -> None:
        if (task := self._asked.pop(urgency, None)) is not None:
            task.cancel()
