"""`models/catalogue.toml`: the models that the appliance knows, and sets of them for GPUs of several sizes."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import EngineError
from models.store.files import disk_errors
from models.store.names import ModelName, RelativePath, Repository, wrong_contents

Role = Literal["stt", "llm", "tts", "vad", "end_of_turn"]
Known = Literal["measured", "computed", "estimate"]
"""Where a figure comes from: seen on a machine, arithmetic over published shapes, or a guess from experience."""

ROLES: tuple[Role, ...] = ("stt", "llm", "tts", "vad", "end_of_turn")
CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue.toml"

Gigabytes = Annotated[float, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CatalogueModel(_Entry):
    """One model: what it does, where it comes from, and what it asks of the machine.

    It comes either from a hub repository or with a Python package of the base lock. `files`, below `folder`, may use
    * and ?; so may `licence_files`, which are taken where they exist. `gpu_memory_gb` is weights and working memory,
    without an LLM's cache.
    """

    name: ModelName
    role: Role
    repository: Repository | None = None
    revision: str = "main"
    folder: RelativePath | Literal[""] = ""
    files: tuple[str, ...] = ()
    licence_files: tuple[str, ...] = ("LICEN[CS]E*", "NOTICE*", "USE_POLICY*", "MODEL_CARD*", "README.md")
    package: str | None = None
    licence: Annotated[str, Field(min_length=1)]
    licence_url: Annotated[str, Field(pattern=r"^https://\S+$")]
    licence_note: str = ""
    gated: bool = False
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    size_gb: Gigabytes
    gpu_memory_gb: Gigabytes
    figures: Known

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> "CatalogueModel":
        if (self.repository is None) == (self.package is None):
            raise ValueError(f"{self.name} needs a repository or a package, and not both")
        if (self.repository is None) != (not self.files):
            raise ValueError(f"{self.name} needs files if it has a repository, and none otherwise")
        return self


class Profile(_Entry):
    """A full set of models for a GPU. `cache_gb` is what is left to the LLM for the calls' contexts."""

    name: ModelName
    gpu_gb: Gigabytes
    models: Annotated[tuple[ModelName, ...], Field(min_length=1)]
    cache_gb: Gigabytes
    calls: Annotated[int, Field(ge=1)]
    figures: Known
    note: str = ""


class Catalogue(_Entry):
    """All models and profiles."""

    models: Annotated[tuple[CatalogueModel, ...], Field(min_length=1)]
    profiles: tuple[Profile, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "Catalogue":
        for kind, names in (
            ("model", [model.name for model in self.models]),
            ("profile", [profile.name for profile in self.profiles]),
        ):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"the {kind} {twice[0]} is there twice")
        for profile in self.profiles:
            self._check(profile)
        return self

    def _check(self, profile: Profile) -> None:
        by_name = {model.name: model for model in self.models}
        if unknown := [name for name in profile.models if name not in by_name]:
            raise ValueError(f"the profile {profile.name} names {unknown[0]}, which is no model")
        models = [by_name[name] for name in profile.models]
        if lacking := [role for role in ROLES if role not in {model.role for model in models}]:
            raise ValueError(f"the profile {profile.name} has no model for {lacking[0]}")
        needed = sum(model.gpu_memory_gb for model in models) + profile.cache_gb
        if needed > profile.gpu_gb:
            raise ValueError(f"the profile {profile.name} needs {needed:.1f} GB of the {profile.gpu_gb:g} GB it is for")

    def select(self, names: Sequence[str], profile: str | None = None) -> tuple[CatalogueModel, ...]:
        """The models of that name and those of the profile. Raises `EngineError` for a name that is not there."""
        wanted = list(names)
        if profile is not None:
            wanted += self.profile(profile).models
        known = [model.name for model in self.models]
        if unknown := sorted(set(wanted) - set(known)):
            raise EngineError(f"{', '.join(unknown)}: not in the catalogue", f"it knows {', '.join(known)}")
        return tuple(model for model in self.models if model.name in wanted)

    def profile(self, name: str) -> Profile:
        """The profile of that name. Raises `EngineError` when there is none."""
        found = next((profile for profile in self.profiles if profile.name == name), None)
        if found is None:
            known = ", ".join(profile.name for profile in self.profiles) or "none"
            raise EngineError(f"there is no profile {name}", f"the catalogue knows {known}")
        return found


def load_catalogue(path: Path = CATALOGUE) -> Catalogue:
    """The catalogue in the TOML file `path`, by default the appliance's own. Raises `EngineError`."""
    remedy = f"mend {path}"
    with disk_errors(path):
        data = path.read_bytes()
    try:
        plain = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EngineError(f"{path} is not TOML: {error}", remedy) from None
    try:
        return Catalogue.model_validate(_lists_as_tuples(plain))
    except ValidationError as error:
        raise wrong_contents(str(path), error, remedy) from None


def _lists_as_tuples(value: object) -> object:
    """TOML has lists only, and strict validation takes no list for a tuple."""
    if isinstance(value, dict):
        return {key: _lists_as_tuples(inner) for key, inner in value.items()}
    return tuple(_lists_as_tuples(item) for item in value) if isinstance(value, list) else value
