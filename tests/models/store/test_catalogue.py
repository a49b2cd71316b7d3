"""The catalogue that comes with the appliance fits together, and a mistake in one is said in plain words."""

from pathlib import Path

import pytest

from models.errors import EngineError
from models.store.catalogue import CATALOGUE, ROLES, load_catalogue

TEXT = CATALOGUE.read_text(encoding="utf-8")


def test_every_profile_is_a_full_set_that_speaks_the_documented_languages() -> None:
    catalogue = load_catalogue()
    assert [profile.name for profile in catalogue.profiles] == ["16gb", "24gb", "48gb", "80gb"]
    for profile in catalogue.profiles:
        models = catalogue.select([], profile.name)
        assert {model.role for model in models} == set(ROLES)
        spoken = {language for model in models if model.role == "tts" for language in model.languages}
        assert spoken == {"en", "es", "ar"}
        assert all(not model.gated for model in models), "a profile installs without an account"


def test_nothing_is_said_to_be_measured_that_was_not() -> None:
    catalogue = load_catalogue()
    figures = [model.figures for model in catalogue.models] + [profile.figures for profile in catalogue.profiles]
    assert "measured" not in figures


def test_no_model_is_taken_in_a_format_that_can_run_code() -> None:
    for model in load_catalogue().models:
        assert not [name for name in model.files if name.endswith((".pt", ".pth", ".ckpt", ".pkl", ".py"))]
        assert model.role == "stt" or not [name for name in model.files if name.endswith(".bin")], "CTranslate2 only"


def test_models_are_chosen_by_name_and_profile() -> None:
    catalogue = load_catalogue()
    assert [model.name for model in catalogue.select(["llama-3.1-8b"])] == ["llama-3.1-8b"]
    assert "llama-3.1-8b" in {model.name for model in catalogue.select(["llama-3.1-8b"], "16gb")}
    with pytest.raises(EngineError, match="gpt: not in the catalogue — it knows whisper-large-v3-turbo,"):
        catalogue.select(["gpt"])
    with pytest.raises(EngineError, match="there is no profile 12gb — the catalogue knows 16gb, 24gb"):
        catalogue.select([], "12gb")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "stt"', 'role = "ears"', "models.0.role: Input should be 'stt', 'llm'"),
        ('licence = "MIT"', 'license = "MIT"', "models.0.licence: Field required"),
        ('name = "qwen3-8b"', 'name = "qwen3-4b"', "the model qwen3-4b is there twice"),
        ('name = "24gb"', 'name = "16gb"', "the profile 16gb is there twice"),
        ('"whisper-large-v3-turbo", "qwen3-4b-fp8"', '"whisper", "qwen3-4b-fp8"', "names whisper, which is no model"),
        ('"whisper-large-v3-turbo", "qwen3-4b-fp8"', '"qwen3-4b-fp8"', "the profile 16gb has no model for stt"),
        ("gpu_gb = 24\n", "gpu_gb = 20\n", "the profile 24gb needs 22.0 GB of the 20 GB it is for"),
        ("size_gb = 1.6", 'size_gb = "1.6"', "models.0.size_gb: Input should be a valid number"),
        ('repository = "Qwen/Qwen3-4B"', 'repository = "Qwen"', "models.2.repository: String should match pattern"),
        ('folder = "en/', 'folder = "../en/', "is not a plain relative path"),
        ('package = "silero-vad"', "", "silero-vad needs a repository or a package"),
        ('name = "qwen3-4b"', "name = qwen", "is not TOML"),
    ],
)
def test_a_mistake_names_the_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "catalogue.toml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(EngineError) as refusal:
        load_catalogue(path)
    assert said in refusal.value.message
    assert str(path) in refusal.value.message
    assert refusal.value.remedy == f"mend {path}"


def test_a_catalogue_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not exist"):
        load_catalogue(tmp_path / "catalogue.toml")
