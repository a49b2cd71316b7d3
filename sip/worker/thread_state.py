"""What Python holds of a thread that C started, kept from one callback to the next."""

import ctypes


class ThreadState:
    """Python makes its state of such a thread anew for each callback, and gives the memory back to the system after it.

    That was half of what a tick of pjsua's media clock cost. `keep` and `let_go` are called in turn, in callbacks on
    the same thread, which must not end between them: what is kept of a thread that has ended is never freed. Several
    may keep the state of one thread. (CPython's C API: PyGILState_Ensure counts how often it is called on a thread.)
    """

    def __init__(self) -> None:
        self._before: int | None = None

    def keep(self) -> None:
        """From now on until `let_go`; nothing happens when it is kept already."""
        if self._before is None:
            self._before = ctypes.pythonapi.PyGILState_Ensure()

    def let_go(self) -> None:
        """It may end with the callback; nothing happens when it was not kept."""
        before, self._before = self._before, None
        if before is not None:
            ctypes.pythonapi.PyGILState_Release(before)
