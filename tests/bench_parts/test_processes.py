import os

import pytest

from tests.bench.conditions import busy_note, cpu_model, memory_gib
from tests.bench.processes import cpu_seconds, cpu_seconds_in, descendants, memory, memory_in

TICKS = os.sysconf("SC_CLK_TCK")


def test_cpu_counts_user_and_system_time_and_that_of_ended_children() -> None:
    fields = "S 1 2 3 0 -1 4194560 10 0 0 0 100 50 20 30 20 0 1 0"
    assert cpu_seconds_in(f"42 (a ) name) {fields}") == pytest.approx(200 / TICKS)


def test_memory_is_in_megabytes() -> None:
    text = (
        "55a0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:   1000 kB\nPss:    500 kB\nPss_Dirty:  400 kB\nPss_Anon: 1 kB\n"
    )
    found = memory_in(text)
    assert (found.rss, found.pss) == pytest.approx((1.024, 0.512))
    assert (found + found).rss == pytest.approx(2.048)


def test_grandchildren_are_descendants_and_siblings_are_not() -> None:
    assert descendants({10: 1, 11: 10, 12: 11, 13: 1}, 10) == [11, 12]


def test_our_own_process_can_be_read() -> None:
    assert cpu_seconds([os.getpid()]) > 0
    own = memory(os.getpid())
    assert own.rss >= own.pss > 1


def test_the_machine_is_named() -> None:
    assert cpu_model("processor\t: 0\nmodel name\t: Some  CPU @ 2.60GHz\n") == "Some CPU @ 2.60GHz"
    assert cpu_model("Features: none\n")
    assert memory_gib("MemTotal:        2097152 kB\nMemFree: 1 kB\n") == 2.0


def test_figures_from_a_busy_machine_say_so() -> None:
    assert busy_note(0.9, 2) == ""
    assert "load 5.3 on 2 cores" in busy_note(5.3, 2)
