"""What a language model is told before a call fits into its share of the prompt, however large the clinic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clinic.profile import ClinicProfile, Department, Doctor, Holiday
from appliance.dialogue.briefing import system_prompt
from appliance.dialogue.transcript import estimated_tokens


@pytest.mark.parametrize(("language", "name"), [("en", "English"), ("es", "Spanish"), ("ar", "Arabic")])
def test_the_prompt_names_the_clinic_s_language(language: str, name: str) -> None:
    assert f"Answer in the caller's language: {name}, unless" in system_prompt(ClinicProfile(), language)


@given(departments=st.integers(1, 40), doctors=st.integers(0, 80), holidays=st.integers(0, 30))
def test_it_is_short_for_a_clinic_of_any_size(departments: int, doctors: int, holidays: int) -> None:
    profile = ClinicProfile(
        departments=tuple(Department(f"department_{n}", f"department {n}", "1") for n in range(departments)),
        doctors=tuple(Doctor(f"doctor_{n}", f"doctor {n}", f"department_{n % departments}") for n in range(doctors)),
        holidays=tuple(Holiday(1, 1 + n, f"holiday number {n}") for n in range(holidays)),
    )
    prompt = system_prompt(profile)
    assert estimated_tokens(prompt) < 500
    assert "department_0" in prompt
    assert ("doctor_0 (department_0)" in prompt) is (doctors > 0)


def test_a_clinic_of_usual_size_is_named_in_full() -> None:
    profile = ClinicProfile()
    prompt = system_prompt(profile)
    for known in (*(doctor.key for doctor in profile.doctors), *(holiday.name for holiday in profile.holidays)):
        assert known in prompt
