import time
from pathlib import Path

import pytest

from tests.bench_gpu.__main__ import main
from tests.bench_gpu.machine import library_folder
from tests.bench_gpu.results import as_json
from tests.bench_gpu.runner import Planned, Runner
from tests.bench_gpu_parts.samples import RESULT


def runner(tmp_path: Path, left_s: float) -> Runner:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd())}
    return Runner("cpu", True, environment, tmp_path / "log.txt", time.monotonic() + left_s, lambda _: None)


def test_a_step_that_breaks_says_why_and_leaves_a_log(tmp_path: Path) -> None:
    step, rows = runner(tmp_path, 60.0).run(Planned("no-such-step", 60.0))
    assert step.error is not None
    assert step.error.startswith("exit status ")
    assert rows == {}
    assert "==== no-such-step" in (tmp_path / "log.txt").read_text()


def test_a_step_without_time_is_not_begun(tmp_path: Path) -> None:
    step, rows = runner(tmp_path, 1.0).run(Planned("check", 60.0))
    assert (step.error, rows) == ("no time was left", {})
    assert not (tmp_path / "log.txt").exists()


def test_a_result_of_another_machine_is_put_into_the_document(tmp_path: Path) -> None:
    file, document = tmp_path / "result.json", tmp_path / "benchmarks.md"
    file.write_text(as_json(RESULT))
    document.write_text("# Benchmarks\n")
    assert main(["--record", str(file), "--document", str(document)]) == 0
    assert document.read_text().startswith("# Benchmarks\n\n<!-- section gpu -->\n## One GPU")
    assert main(["--record", str(file), "--document", str(document)]) == 0
    assert document.read_text().count("## One GPU") == 1


def test_what_means_nothing_is_not_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, document = tmp_path / "result.json", tmp_path / "benchmarks.md"
    file.write_text(as_json(RESULT).replace('"tiny": false', '"tiny": true'))
    assert main(["--record", str(file), "--document", str(document)]) == 2
    assert main(["--record", str(tmp_path / "nothing.json"), "--document", str(document)]) == 2
    assert not document.exists()
    assert "mean nothing" in capsys.readouterr().err


def test_ctranslate2_finds_whatever_cublas_there_is(tmp_path: Path) -> None:
    libraries = tmp_path / "site" / "nvidia" / "cu13" / "lib"
    libraries.mkdir(parents=True)
    for name in ("libcublas.so.13", "libcublasLt.so.13"):
        (libraries / name).write_text("")
    folder = library_folder(tmp_path / "lib", [tmp_path / "site"])
    assert folder is not None
    assert (folder / "libcublas.so.12").resolve() == libraries / "libcublas.so.13"
    (libraries / "libcublas.so.12").write_text("")
    folder = library_folder(tmp_path / "lib", [tmp_path / "site"])
    assert folder is not None
    assert (folder / "libcublas.so.12").resolve() == libraries / "libcublas.so.12", "the exact one comes first"
    assert library_folder(tmp_path / "other", [tmp_path / "elsewhere"]) is None
