"""``python -m sip.worker``: one JSON object (`WorkerSettings.to_json`) on standard input or as the only argument."""

import contextlib
import os
import sys

from sip.worker.log import set_up_logging
from sip.worker.settings import WorkerSettings
from sip.worker.worker import Worker

# Above every ordinary process, below whatever an administrator has put higher on purpose.
_PRIORITY = 1


def _ask_for_real_time() -> None:
    """SCHED_RR for the whole worker, so that a busy machine leaves no gaps in RTP; without the right to, go on as is.

    A worker takes about 5 % of a core (docs/sip.md), so it starves nobody.
    """
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))


def main() -> None:
    """Run a worker and exit with its status."""
    _ask_for_real_time()
    set_up_logging()
    text = sys.argv[1] if len(sys.argv) > 1 else sys.stdin.read()
    status = Worker(WorkerSettings.from_json(text)).run()
    sys.stderr.flush()
    # Not sys.exit: what is left of pjsua's objects must not be taken down in the interpreter's own order.
    os._exit(status)


if __name__ == "__main__":
    main()
