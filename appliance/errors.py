"""Errors that a user can act on."""


class ApplianceError(Exception):
    """Something the admin can mend. The command line prints ``message`` and ``remedy`` in one line and exits non-zero.

    Neither text may hold anything that a caller said or who a caller is.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} — {remedy}")
        self.message = message
        self.remedy = remedy
