"""What was said in a call, as each side heard it: what "say that again" and a language model look back on."""

from dataclasses import dataclass, replace
from typing import Final, Literal

_MOST_ENTRIES: Final = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """One utterance. `turn` is the caller's turn number, 0 for the agent; `cut` when there was more to hear."""

    speaker: Literal["caller", "agent"]
    text: str
    turn: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The utterances so far, oldest first; a day-long call keeps the latest 400."""

    entries: tuple[Entry, ...] = ()

    def caller_said(self, turn: int, text: str) -> "History":
        """With the caller's `turn`; a turn that was merged with its second half replaces what it was."""
        for index in range(len(self.entries) - 1, -1, -1):
            if self.entries[index].turn == turn and self.entries[index].speaker == "caller":
                merged = replace(self.entries[index], text=text)
                return History((*self.entries[:index], merged, *self.entries[index + 1 :]))
        return History((*self.entries, Entry("caller", text, turn))[-_MOST_ENTRIES:])

    def agent_said(self, text: str, *, cut: bool) -> "History":
        """With an agent utterance, as far as it was heard; nothing heard leaves no entry."""
        if not text.strip():
            return self
        return History((*self.entries, Entry("agent", text, cut=cut))[-_MOST_ENTRIES:])

    @property
    def last_agent_words(self) -> str:
        """The agent's latest utterance as it was heard."""
        return next((entry.text for entry in reversed(self.entries) if entry.speaker == "agent"), "")
