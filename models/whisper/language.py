"""Which language a turn is taken to be in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from models.whisper.windows import SAMPLE_RATE

# Whisper's detection is poor on a word or two: before this much audio a call keeps the language that it has.
ENOUGH_SAMPLES: Final = SAMPLE_RATE * 3 // 2
# What another language must reach, among those configured, for a call to change over.
SURE: Final = 0.8


@dataclass(frozen=True, slots=True)
class CallLanguage:
    """The language of a call so far. `among` are the languages it may be in; one alone is fixed.

    `current` is None until it was detected. `settled` says whether the present turn's is known.
    """

    among: tuple[str, ...]
    current: str | None = None
    settled: bool = False

    @property
    def to_detect(self) -> bool:
        """Whether the next segment's language is to be detected."""
        return len(self.among) > 1 and not self.settled

    @property
    def assumed(self) -> str:
        """The language without a detection: the call's, or the first configured."""
        return self.current or self.among[0]

    def judge(self, probabilities: Mapping[str, float], samples: int) -> "CallLanguage":
        """After a detection over so many samples. `probabilities` of any languages, those of others than `among` too.

        The first detection with enough audio decides, or a sure one with less; a call changes over only when it is
        sure and has enough.
        """
        ours = {language: probabilities.get(language, 0.0) for language in self.among}
        likeliest = max(self.among, key=lambda language: ours[language])
        sure = ours[likeliest] >= SURE * (sum(ours.values()) or 1.0)
        enough = samples >= ENOUGH_SAMPLES
        changes = enough or sure if self.current is None else enough and sure
        return replace(self, current=likeliest if changes else self.current, settled=enough)

    def next_turn(self) -> "CallLanguage":
        """Another turn begins."""
        return replace(self, settled=False)
