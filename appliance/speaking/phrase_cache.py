"""Fixed words (greeting, fillers, emergency words, goodbye) made into audio beforehand, so that they start at once."""

from collections.abc import Collection, Iterable

from appliance.speaking.clauses import ClauseSplitter, count_words
from appliance.speaking.normalise.rules import Normaliser
from appliance.speaking.rendering import RenderedFrames, render
from models.tts import TextToSpeech


class PhraseCache:
    """The frames of fixed phrases, clause by clause, for every sample rate a line may have.

    Only what `warm_up` was given is kept: nothing that is said to one caller. 16 KB a second of speech at 8 kHz.
    """

    def __init__(self) -> None:
        self._clauses: dict[tuple[str, int], RenderedFrames] = {}

    async def warm_up(
        self,
        phrases: Iterable[str],
        tts: TextToSpeech,
        sample_rates: Collection[int],
        normaliser: Normaliser | None = None,
    ) -> None:
        """Synthesise `phrases`, as `normaliser` has them spoken, for lines at `sample_rates` Hz.

        Raises what the engine raises.
        """
        for phrase in phrases:
            splitter = ClauseSplitter()
            for clause in splitter.push(phrase) + splitter.flush():
                for sample_rate in sample_rates:
                    await self._keep(clause.strip(), tts, sample_rate, normaliser)

    async def _keep(self, clause: str, tts: TextToSpeech, sample_rate: int, normaliser: Normaliser | None) -> None:
        key = (clause, sample_rate)
        if key in self._clauses or not count_words(clause):
            return
        parts = [part async for part in render(clause, tts, sample_rate, normaliser)]
        frames = tuple(frame for part in parts for frame in part.frames)
        self._clauses[key] = RenderedFrames(frames, parts[-1].times)

    def find(self, clause: str, sample_rate: int) -> RenderedFrames | None:
        """The whole audio of `clause`, which has no white space around it; None when it is not kept."""
        return self._clauses.get((clause, sample_rate))
