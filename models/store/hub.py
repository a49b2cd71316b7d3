"""The model hub: the only place in the product that fetches anything from outside.

Files are fetched with huggingface_hub's plain HTTP download, which continues a file where it stopped; its
`hf_hub_download` (2.4) throws an unfinished file away when the process ends.
"""

import contextlib
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from models.errors import EngineError
from models.store.files import Progress, no_progress


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in a repository. Large files have a SHA-256 there, small ones only git's `blob_id` (a SHA-1)."""

    path: str
    size: int
    sha256: str | None
    blob_id: str


@dataclass(frozen=True, slots=True)
class RemoteRepository:
    """What a repository holds at one commit, `revision` (40 hex digits)."""

    revision: str
    files: tuple[RemoteFile, ...]


class Hub(Protocol):
    """A server of model repositories."""

    def look_up(self, repository: str, revision: str) -> RemoteRepository:
        """What "owner/name" holds at a branch, tag or commit. Raises `EngineError`."""
        ...

    def download(
        self, repository: str, revision: str, path: str, size: int, target: Path, progress: Progress = no_progress
    ) -> None:
        """Fetch a file of `size` bytes into `target`, continuing with what is there already. Nothing is verified.

        Raises `EngineError`, or `OSError` when `target` cannot be written; what has come stays in `target` then.
        """
        ...


class HuggingFaceHub:
    """The hub that `HF_ENDPOINT` names (huggingface.co without it), or `endpoint`.

    A token for gated models comes from `HF_TOKEN` or `hf auth login`. Raises `EngineError` when huggingface_hub is not
    installed.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            self._library: Any = importlib.import_module("huggingface_hub")
            self._errors: Any = importlib.import_module("huggingface_hub.errors")
            self._transfer: Any = importlib.import_module("huggingface_hub.file_download")
            self._utils: Any = importlib.import_module("huggingface_hub.utils")
        except ImportError as error:
            raise EngineError(f"huggingface_hub is not installed ({error.name})", "run make engines") from error
        self._utils.disable_progress_bars()
        self._endpoint = endpoint

    def look_up(self, repository: str, revision: str) -> RemoteRepository:
        """As `Hub.look_up`."""
        with self._explained(repository, revision):
            api = self._library.HfApi(endpoint=self._endpoint)
            found = api.model_info(repository, revision=revision, files_metadata=True, timeout=60)
        files = tuple(
            RemoteFile(entry.rfilename, entry.size or 0, entry.lfs.sha256 if entry.lfs else None, entry.blob_id or "")
            for entry in found.siblings or ()
        )
        return RemoteRepository(found.sha, files)

    def download(
        self, repository: str, revision: str, path: str, size: int, target: Path, progress: Progress = no_progress
    ) -> None:
        """As `Hub.download`."""
        with self._explained(repository, revision), _Receiving(target, path, size, progress) as receiving:
            url = self._library.hf_hub_url(repository, path, revision=revision, endpoint=self._endpoint)
            have = receiving.tell()
            # A redirect to another host loses the token, as httpx has it.
            headers = self._utils.build_hf_headers()
            self._transfer.http_get(url, receiving, resume_size=have, headers=headers, expected_size=size)

    @contextlib.contextmanager
    def _explained(self, repository: str, revision: str) -> Iterator[None]:
        errors = self._errors
        again = "run the same command again: it continues where it stopped"
        try:
            yield
        except errors.OfflineModeIsEnabled as error:
            remedy = "run lock and pull on a connected machine, without HF_HUB_OFFLINE (docs/models.md)"
            raise EngineError("HF_HUB_OFFLINE forbids downloads", remedy) from error
        except errors.GatedRepoError as error:
            remedy = f"accept its licence at https://huggingface.co/{repository}, then set HF_TOKEN"
            raise EngineError(f"{repository} is given only to those who accepted its licence", remedy) from error
        except errors.RevisionNotFoundError as error:
            raise EngineError(f"{repository} has no revision {revision}", "write a new lock") from error
        except errors.RepositoryNotFoundError as error:
            remedy = "correct the catalogue, or set HF_TOKEN if the repository is private"
            raise EngineError(f"the hub has no repository {repository}", remedy) from error
        except errors.EntryNotFoundError as error:
            raise EngineError(f"{repository} lacks a file at {revision}", "write a new lock") from error
        except errors.HfHubHTTPError as error:
            status = error.response.status_code
            raise EngineError(f"the hub answered {status} for {repository}", again) from error
        except errors.HTTPError as error:
            problem = f"the hub cannot be reached ({type(error).__name__})"
            raise EngineError(problem, f"check connection, proxy and HF_ENDPOINT, and {again}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise EngineError(f"the download from {repository} broke off", again) from error


class _Receiving:
    """The file that a download goes into, positioned after what has come already; reports what is added."""

    def __init__(self, path: Path, name: str, size: int, progress: Progress) -> None:
        self._file = path.open("r+b" if path.exists() else "w+b")
        if self._file.seek(0, os.SEEK_END) > size:
            self.seek(0)
            self.truncate()
        self._name, self._size, self._progress = name, size, progress

    def __enter__(self) -> "_Receiving":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        """Add `data` at the end."""
        written = self._file.write(data)
        self._progress(self._name, self._file.tell(), self._size)
        return written

    def tell(self) -> int:
        """Bytes that have come."""
        return self._file.tell()

    def seek(self, position: int) -> int:
        """Go back to `position`, for a server that cannot continue."""
        return self._file.seek(position)

    def truncate(self) -> int:
        """Drop what is after the position."""
        return self._file.truncate()
