"""LocalAgreement-2: which words of a growing transcript can be relied on.

Liu, Spanakis and Niehues, "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis
Selection", Interspeech 2020; with Whisper: Macháček, Dabre and Bojar, "Turning Whisper into Real-Time Transcription
System", 2023. A word is given out once two hypotheses in a row have it, with everything before it the same.
"""

from collections.abc import Sequence


class LocalAgreement:
    """The stable beginning of one utterance whose audio grows at its end. Pure."""

    def __init__(self) -> None:
        self._stable: tuple[str, ...] = ()
        self._previous: tuple[str, ...] = ()

    @property
    def stable(self) -> tuple[str, ...]:
        """The words given out so far: only ever extended."""
        return self._stable

    def hear(self, hypothesis: Sequence[str]) -> tuple[str, ...]:
        """Take in the next hypothesis, from the utterance's beginning; the stable words after it.

        Case and punctuation may differ between two that agree; the later one's are kept.
        """
        agreed = 0
        for word, before in zip(hypothesis, self._previous, strict=False):
            if _bare(word) != _bare(before):
                break
            agreed += 1
        if agreed > len(self._stable):
            self._stable += tuple(hypothesis[len(self._stable) : agreed])
        self._previous = tuple(hypothesis)
        return self._stable


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum()) or word
