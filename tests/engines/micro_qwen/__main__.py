"""Makes the model if need be, and prints its directory.

    python -m tests.engines.micro_qwen .venv-vllm-cpu/bin/python

The argument is the interpreter that has torch and transformers. It takes minutes the first time, and is cached by what
it is made of.
"""

import sys

from tests.engines.micro_qwen.make import micro_qwen

print(micro_qwen(sys.argv[1]))
