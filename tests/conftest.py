"""How properties are drawn: the same examples in every run, so that a change is judged by the change.

`pytest --hypothesis-profile explore` draws new ones, and more of them. No example has a deadline: timing is measured in
benchmarks, not judged on a busy machine.
"""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("repeatable")
