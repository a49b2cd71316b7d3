"""What a language model's client counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.openai_chat.failures import FailureKind
from models.openai_chat.wire import Usage


@dataclass(slots=True)
class ChatStatistics:
    """Since the engine was built. A request ends as completed, aborted (the caller no longer wants it) or failed.

    Probes are not counted. Token counts are the server's own, of the replies for which it gave them: an aborted reply
    has none. `repeated`: sent again, because the server had closed the idle connection. `prefilled`: conversations that
    it has read ahead of time.
    """

    completed: int = 0
    aborted: int = 0
    repeated: int = 0
    prefilled: int = 0
    failed: Counter[FailureKind] = field(default_factory=Counter)
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def complete(self, usage: Usage) -> None:
        """A reply came to its end."""
        self.completed += 1
        self.prompt_tokens += usage.prompt
        self.cached_tokens += usage.cached
        self.completion_tokens += usage.completion

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many requests ended in which way."""
        return {"completed": self.completed, "aborted": self.aborted, "failed": self.failed.total()}

    def __str__(self) -> str:
        failed = ", ".join(f"{count} {kind}" for kind, count in sorted(self.failed.items())) or "none"
        requests = f"{self.completed} replies completed, {self.aborted} aborted, {self.repeated} sent again"
        tokens = f"{self.prompt_tokens} prompt tokens, {self.cached_tokens} cached, {self.completion_tokens} made"
        return f"{requests}, {self.prefilled} read ahead, failed: {failed}; {tokens}"
