"""What goes wrong with the phone line."""


class SipError(Exception):
    """A line that cannot be opened or has failed; says what is wrong and what the admin can do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} — {remedy}")
        self.message = message
        self.remedy = remedy
