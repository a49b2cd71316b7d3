"""What the peer has played of what it was sent: by its clock, which is ours, and by the marks it returns. Pure.

The peer plays what it gets at once and in real time, so a frame begins when it is sent or when the one before it
ends, whichever is later. A peer with a buffer of its own plays later than that, and its marks tell by how much: a mark
that was sent before any audio comes back after the round trip, one behind audio after the round trip and the delay.
Marks that go on coming later than that in the middle of an utterance tell of a peer that had run dry and now has more
to play than it should. Early marks prove nothing (some peers return them unplayed) and peers that return none are
taken at their word.
"""

from collections import deque
from dataclasses import dataclass, replace

FRAME_S = 0.02
MOST_AT_PEER_S = 0.1
# A session keeps four frames on the line until they are heard: with more delay they would not last from tick to tick.
_LONGEST_DELAY_S = 0.04
_MARKS_TO_JUDGE_BY = 5
# One mark may be late by itself, or by a pause of this process; three in a row are not.
_MARKS_TO_FALL_BEHIND = 3
_WORTH_A_CORRECTION_S = 0.02
_LARGEST_CORRECTION_S = 0.1
_MOST_MARKS = 64
# Often enough to learn soon, and to find a peer that falls behind; a mark that comes back wakes this process.
_FRAMES_TO_A_MARK = 10
_FRAMES_TO_A_MARK_OF_A_KNOWN_PEER = 50
# From some frames before a mark is expected until it is no more, its way back is not to be held up.
_BEFORE_A_MARK_S = 0.07
_AFTER_A_MARK_S = 0.1
# Frames are sent at the ticks of the clock that `settle` is called at; two ticks are never exactly 20 ms apart.
_TICK_TOLERANCE_S = 0.002


@dataclass(frozen=True, slots=True)
class _SentMark:
    frames_before: int
    due_s: float
    behind_audio: bool


class PeerPlayout:
    """Counts frames of 20 ms. Times are seconds of one clock, and never go back."""

    def __init__(self) -> None:
        self.played = 0
        self._sent = 0
        self._not_begun: deque[tuple[int, float]] = deque()
        self._ends_s = 0.0
        self._marks: dict[str, _SentMark] = {}
        self._marked_up_to = -1
        self._since_clear = 0
        self._round_trip_s: float | None = None
        self._delays: deque[float] = deque(maxlen=_MARKS_TO_JUDGE_BY)
        self._delay_s = 0.0
        self._behind: deque[float] = deque(maxlen=_MARKS_TO_FALL_BEHIND)
        self._corrected_s = 0.0
        self._expected_mark = ""
        self._in_time = False

    @property
    def round_trip_ms(self) -> float:
        """From a mark to its return, when there was nothing to play; 0 while unknown."""
        return (self._round_trip_s or 0.0) * 1000

    @property
    def unmarked(self) -> int:
        """Frames sent since the last mark."""
        return self._sent - max(0, self._marked_up_to)

    @property
    def is_worth_a_mark(self) -> bool:
        """Whether enough was sent since the last mark: less while its delays are not known, or it fell behind."""
        known = self._in_time and len(self._delays) == _MARKS_TO_JUDGE_BY
        return self.unmarked >= (_FRAMES_TO_A_MARK_OF_A_KNOWN_PEER if known else _FRAMES_TO_A_MARK)

    def mark_is_due(self, now_s: float) -> bool:
        """Whether the last mark is to come back just now."""
        mark = self._marks.get(self._expected_mark)
        if mark is None:
            return False
        late_s = now_s - mark.due_s - self._delay_s - (self._round_trip_s or 0.0)
        return -_BEFORE_A_MARK_S <= late_s <= _AFTER_A_MARK_S

    @property
    def anything_to_clear(self) -> bool:
        """Whether anything was sent since the last clear."""
        return self._since_clear > 0

    def buffered_s(self, now_s: float) -> float:
        """What the peer has yet to play."""
        return max(0.0, self._ends_s + self._delay_s - now_s)

    def has_room(self, now_s: float) -> bool:
        """Whether another frame leaves the peer with at most 100 ms."""
        return max(now_s, self._ends_s) + self._delay_s + FRAME_S - now_s <= MOST_AT_PEER_S + 1e-9

    def sent(self, now_s: float) -> None:
        """A frame has been sent."""
        self.settle(now_s)
        if self._ends_s <= now_s and not self._not_begun:
            # Between utterances only: a change in the middle of one would starve or repeat.
            self._delay_s = min(min(self._delays, default=0.0), _LONGEST_DELAY_S)
            self._corrected_s = 0.0
            self._behind.clear()
        begins_s = max(now_s, self._ends_s)
        self._ends_s = begins_s + FRAME_S
        self._sent += 1
        self._since_clear += 1
        self._not_begun.append((self._sent, begins_s))

    def settle(self, now_s: float) -> None:
        """Count the frames that have begun to be heard as `played`."""
        while self._not_begun and self._not_begun[0][1] + self._delay_s <= now_s + _TICK_TOLERANCE_S:
            self._not_begun.popleft()
            self.played += 1

    def cleared(self, now_s: float) -> None:
        """The peer has been told to drop what it has not played."""
        self.settle(now_s)
        self._not_begun.clear()
        self._ends_s = now_s - self._delay_s
        self._since_clear = 0
        # Cleared marks come back too, and say nothing about what was heard.
        self._marks.clear()
        self._marked_up_to = self._sent

    def mark(self, now_s: float) -> str:
        """The name of a mark to send now."""
        name = f"played-{self._sent}"
        self._marks[name] = _SentMark(self._sent, max(now_s, self._ends_s), behind_audio=self._ends_s > now_s)
        self._marked_up_to = self._sent
        self._expected_mark = name
        while len(self._marks) > _MOST_MARKS:
            del self._marks[next(iter(self._marks))]
        return name

    def mark_returned(self, name: str, now_s: float) -> None:
        """A mark came back; one that was never sent, or was cleared, changes nothing."""
        mark = self._marks.pop(name, None)
        if mark is None:
            return
        late_s = now_s - mark.due_s
        if mark.frames_before == 0:
            self._round_trip_s = late_s
            return
        if self._round_trip_s is not None:
            behind_s = late_s - self._round_trip_s
            if mark.behind_audio:
                self._delays.append(max(0.0, behind_s + self._corrected_s))
            self._fall_behind(behind_s - self._delay_s)
        while late_s >= 0 and self._not_begun and self._not_begun[0][0] <= mark.frames_before:
            self._not_begun.popleft()
            self.played += 1

    def _fall_behind(self, behind_s: float) -> None:
        """The peer plays what it has so much later than was thought; the next frames wait for it."""
        self._behind.append(behind_s)
        self._in_time = behind_s < _WORTH_A_CORRECTION_S
        correction_s = min(*self._behind, _LARGEST_CORRECTION_S - self._corrected_s)
        if len(self._behind) < _MARKS_TO_FALL_BEHIND or correction_s < _WORTH_A_CORRECTION_S or not self._not_begun:
            return
        self._corrected_s += correction_s
        self._behind.clear()
        self._ends_s += correction_s
        self._not_begun = deque((number, begins_s + correction_s) for number, begins_s in self._not_begun)
        self._marks = {name: replace(mark, due_s=mark.due_s + correction_s) for name, mark in self._marks.items()}
