"""One utterance as text and audio, growing at one end and being heard at the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.audio import FRAME_MS
from appliance.speaking.word_timing import WordTime, heard_offset, speaking_ms


@dataclass(slots=True)
class _Clause:
    text: str
    text_start: int
    first_frame: int
    times: tuple[WordTime, ...] = ()
    end_frame: int | None = None


class Speech:
    """What an `Utterance` has made so far and what `Playout` has played of it. No clock, no I/O.

    Frames are 20 ms of 16-bit mono PCM; clauses begin on a frame boundary. `on_played` is called when more was played.
    """

    def __init__(self, on_played: Callable[[], None] = lambda: None) -> None:
        self._on_played = on_played
        self._text = ""
        self._clauses: list[_Clause] = []
        self._clause_text_end = 0
        self._frames: list[bytes] = []
        self._played = 0
        self._heard = 0
        self._ended = False
        self._whole = False

    @property
    def text(self) -> str:
        """The text so far."""
        return self._text

    @property
    def frames(self) -> Sequence[bytes]:
        """The audio so far."""
        return self._frames

    @property
    def played(self) -> int:
        """How many frames have left for the caller."""
        return self._played

    @property
    def ended(self) -> bool:
        """No more audio will come: all of it is there, or making it failed or was cancelled."""
        return self._ended

    @property
    def heard_text(self) -> str:
        """The words that were heard, with their spacing and punctuation: a prefix of `text` that only grows."""
        # Times become more exact as a clause is made; what was once called heard stays so.
        self._heard = max(self._heard, self._heard_offset())
        return self._text[: self._heard]

    @property
    def ahead_ms(self) -> int:
        """Audio that is made and not yet played."""
        return (len(self._frames) - self._played) * FRAME_MS

    @property
    def remaining_ms(self) -> int:
        """What has yet to be played: `ahead_ms`, and an estimate for text without audio."""
        return self.ahead_ms + (0 if self._ended else round(speaking_ms(self._text[self._clause_text_end :])))

    def add_text(self, piece: str) -> None:
        """The text goes on with `piece`."""
        self._text += piece

    def begin_clause(self, text: str) -> None:
        """The audio that follows says `text`, the next part of the text."""
        self._clauses.append(_Clause(text, self._clause_text_end, len(self._frames)))
        self._clause_text_end += len(text)

    def set_word_times(self, times: tuple[WordTime, ...]) -> None:
        """All word times known so far of the clause being made."""
        self._clauses[-1].times = times

    def add_frame(self, pcm: bytes) -> None:
        """20 ms of the clause being made."""
        self._frames.append(pcm)

    def end_clause(self) -> None:
        """All audio of the clause is there."""
        self._clauses[-1].end_frame = len(self._frames)

    def end(self, *, whole: bool) -> None:
        """No more audio will come. `whole`: all of the text was made into audio."""
        if not self._ended:
            self._ended = True
            self._whole = whole

    def play_up_to(self, frame: int) -> None:
        """The frames before `frame` have left for the caller."""
        self._played = max(self._played, frame)
        self._on_played()

    def _heard_offset(self) -> int:
        if self._played == 0:
            return 0
        if self._whole and self._played == len(self._frames):
            return len(self._text)
        heard = 0
        for clause in self._clauses:
            if clause.end_frame is not None and clause.end_frame <= self._played:
                heard = clause.text_start + len(clause.text)
                continue
            total_ms = None if clause.end_frame is None else (clause.end_frame - clause.first_frame) * FRAME_MS
            played_ms = (self._played - clause.first_frame) * FRAME_MS
            if words := heard_offset(clause.text, clause.times, played_ms, total_ms):
                heard = clause.text_start + words
            break
        return heard
