"""Makes the model if need be, and prints its directory.

    python -m tests.engines.micro_whisper .venv-vllm-cpu/bin/python

The argument is the interpreter that has torch. It takes a minute or two the first time, and is cached by what it is
made of.
"""

import sys

from tests.engines.micro_whisper.make import micro_whisper

print(micro_whisper(sys.argv[1]))
