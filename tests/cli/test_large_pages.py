"""Large pages change nothing but how memory is found."""

import numpy as np

from appliance.cli.large_pages import LARGE_PAGE, large_regions, use_large_pages

MAPS = """\
55a0001ff000-55a000801000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000400000 r-xp 00000000 fe:00 12 /usr/lib/libc.so.6
7f0001000000-7f0001400000 rw-p 00000000 fe:00 12 /usr/lib/libc.so.6
7f0002000000-7f0002400000 rw-s 00000000 00:01 13 /dev/zero (deleted)
7f0003000000-7f00031ff000 rw-p 00000000 00:00 0
7f0004000000-7f00043ff000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0  [stack]
"""


def test_what_the_process_holds_stays_as_it_was() -> None:
    values = np.arange(4 * LARGE_PAGE, dtype=np.int64)
    assert use_large_pages() >= 0
    assert np.array_equal(values, np.arange(values.size))


def test_only_private_memory_of_no_file_and_whole_large_pages_are_taken() -> None:
    assert [(hex(begin), hex(end)) for begin, end in large_regions(MAPS)] == [
        ("0x55a000200000", "0x55a000800000"),
        ("0x7f0004000000", "0x7f0004200000"),
    ]


def test_it_can_be_asked_for_again() -> None:
    values = np.ones(4 * LARGE_PAGE, dtype=np.int64)
    first = use_large_pages()
    again = use_large_pages()
    assert (first > 0) == (again > 0)
    assert values.sum() == values.size
