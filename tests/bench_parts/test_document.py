from tests.bench.document import Section, sections_in, updated, with_section

ORDER = ("wire", "load", "memory")
MACHINE = "Machine: two cores."


def test_sections_stand_in_their_order_whatever_was_measured_first() -> None:
    first = updated("", MACHINE, {"load": Section("Load", "12 calls")}, ORDER)
    both = updated(first, MACHINE, {"wire": Section("Wire", "450 ms")}, ORDER)
    assert list(sections_in(both)) == ["wire", "load"]
    assert sections_in(both)["load"] == "## Load\n\n12 calls"


def test_measuring_again_replaces_one_section_and_leaves_the_others() -> None:
    document = updated("", MACHINE, {"wire": Section("Wire", "old"), "load": Section("Load", "kept")}, ORDER)
    again = updated(document, MACHINE, {"wire": Section("Wire", "new")}, ORDER)
    assert sections_in(again) == {"wire": "## Wire\n\nnew", "load": "## Load\n\nkept"}
    assert "old" not in again


def test_the_same_figures_give_the_same_document() -> None:
    measured = {"wire": Section("Wire", "450 ms")}
    document = updated("", MACHINE, measured, ORDER)
    assert updated(document, MACHINE, measured, ORDER) == document


def test_figures_of_another_machine_are_not_kept() -> None:
    document = updated("", MACHINE, {"load": Section("Load", "12 calls")}, ORDER)
    elsewhere = updated(document, "Machine: sixty-four cores.", {"wire": Section("Wire", "90 ms")}, ORDER)
    assert list(sections_in(elsewhere)) == ["wire"]


def test_figures_that_name_a_machine_of_their_own_are_kept_and_stand_last() -> None:
    document = updated("", MACHINE, {"load": Section("Load", "12 calls")}, ORDER)
    both = with_section(document, "gpu", Section("GPU", "a card"))
    assert updated(both, MACHINE, {"wire": Section("Wire", "450 ms")}, ORDER).index("a card") > both.index("12 calls")
    elsewhere = updated(both, "Machine: sixty-four cores.", {"wire": Section("Wire", "90 ms")}, ORDER)
    assert list(sections_in(elsewhere)) == ["wire", "gpu"]


def test_a_section_of_its_own_machine_leaves_the_rest_alone() -> None:
    document = updated("", MACHINE, {"load": Section("Load", "12 calls")}, ORDER)
    first = with_section(document, "gpu", Section("GPU", "a card"))
    assert first.startswith(document.rstrip())
    again = with_section(first, "gpu", Section("GPU", "another card"))
    assert again == first.replace("a card", "another card")
    assert list(sections_in(with_section("", "gpu", Section("GPU", "a card")))) == ["gpu"]
