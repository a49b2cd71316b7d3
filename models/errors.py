"""What goes wrong with an engine."""


class EngineError(Exception):
    """An engine that cannot be built or has failed; names the file or package, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} — {remedy}")
        self.message = message
        self.remedy = remedy
