"""The orchestrator: everything that makes a phone call a conversation."""

import os

# Read when numpy is loaded. Its matrix products are small, and a thread of OpenBLAS spins for 27 ms after each on a
# processor that calls could use: 1.4 s in a call-minute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
