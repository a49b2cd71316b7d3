"""ONNX models that come inside Python packages: found without importing the package, run on one thread."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import onnxruntime

from models.errors import EngineError


def file_in_package(package: str, relative: str, distribution: str) -> Path:
    """The path of a file inside an installed package that is never imported.

    `distribution` is the package's name for pip, for the remedy. Raises `EngineError` when package or file is missing.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(f"the package {distribution} is not installed", "run make install")
    path = Path(spec.submodule_search_locations[0]) / relative
    if not path.is_file():
        raise EngineError(
            f"{relative} is missing from the package {distribution}",
            f"install the version in requirements/base.lock: pip install --force-reinstall --no-deps {distribution}",
        )
    return path


def open_session(path: Path, made_ready: Callable[[bytes], bytes] | None = None) -> onnxruntime.InferenceSession:
    """Load a model onto one CPU thread: many calls share the cores, and onnxruntime would take all of them.

    `made_ready` makes the model that is loaded of the one in the file; it raises `ValueError` for one that it does not
    know. Raises `EngineError` when the file is missing, is another model, or none that this onnxruntime can run.
    """
    if not path.is_file():
        raise EngineError(f"the model file {path} is missing", "correct the path, or restore the file")
    try:
        model = str(path) if made_ready is None else made_ready(path.read_bytes())
        return onnxruntime.InferenceSession(model, sess_options=one_thread(), providers=["CPUExecutionProvider"])
    except ValueError as error:
        raise EngineError(
            f"the model file {path} is not the expected one: {error}", "name the file that docs/models.md asks for"
        ) from error
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise EngineError(
            f"the model file {path} cannot be loaded ({type(error).__name__})",
            "the file is damaged or needs another onnxruntime: reinstall from requirements/base.lock",
        ) from error


def one_thread() -> onnxruntime.SessionOptions:
    """Settings of a session that computes on the thread that runs it, and starts none."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return options
