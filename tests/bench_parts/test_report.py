import pytest

from tests.bench.report import Figure, Report, Table, as_markdown, number, p50_and_p95, share


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("response", 450.0, "ms", 450.0), "met"),
        (Figure("response", 450.4, "ms", 450.0), "met"),
        (Figure("response", 450.6, "ms", 450.0), "**missed**"),
        (Figure("response", 450.4, "ms", 450.0, digits=1), "**missed**"),
        (Figure("response", None, "ms", 450.0), "not measured"),
        (Figure("response", 9000.0, "ms"), "no target set"),
    ],
)
def test_a_figure_is_judged_as_it_is_shown(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict


def test_percentiles_keep_their_own_targets() -> None:
    p50, p95 = p50_and_p95("response", [100.0, 200.0, 300.0], (200.0, 250.0))
    assert (p50.value, p50.limit, p50.of) == (200.0, 200.0, 3)
    assert p95.value == pytest.approx(290.0)
    assert p95.limit == 250.0


def test_nothing_measured_is_said_and_not_counted_as_met() -> None:
    p50, p95 = p50_and_p95("response", [], (450.0, 900.0))
    assert {p50.verdict, p95.verdict} == {"not measured"}
    assert share("answered", 0, 0, 25.0).verdict == "not measured"


def test_a_share_is_in_percent() -> None:
    assert share("answered", 3, 12).value == 25.0


def test_markdown_has_every_figure_with_target_and_verdict() -> None:
    report = Report(
        "Measured so.",
        (Figure("response, p50", 512.3, "ms", 450.0, 30),),
        (Table("By call", ("call", "ms"), (("a|b", number(None)),)),),
        ("A remark.",),
    )
    text = as_markdown(report)
    assert text.startswith("Measured so.\n\n| figure")
    assert "| response, p50 | 512 ms | ≤ 450 ms | **missed** | n = 30 |" in text
    assert "By call:\n\n| call | ms |\n|---|---|\n| a\\|b | – |" in text
    assert text.endswith("\n\nA remark.")
