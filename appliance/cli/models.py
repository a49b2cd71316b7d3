"""`appliance models`: which models there are, and getting them here, verified, by cable or by USB stick."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROBLEM_FOUND = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand with its own subcommands."""
    parser = subparsers.add_parser(
        "models",
        help="list, fetch, verify and carry the models",
        description="The model store (docs/models.md). Only lock and pull use the network, and they need make engines.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True, dest="action")
    _action(actions, "list", "show catalogue and store").add_argument("--json", action="store_true", help="as JSON")

    lock = _action(actions, "lock", "pin revisions and hashes of every file (connected machine)", names="catalogue")
    lock.add_argument("--profile", metavar="NAME", help="take the set of models of this profile")
    _action(actions, "pull", "download, verify and install (connected machine)", names="lock")
    _action(actions, "verify", "read every byte of what is installed", names="store")

    export = _action(actions, "export", "write installed models into one archive", names="store")
    export.add_argument("--to", type=Path, required=True, metavar="FILE", help="the archive, a new file")

    import_ = _action(actions, "import", "verify an archive and install what is in it")
    import_.add_argument("archive", type=Path, metavar="FILE", help="the archive")
    import_.add_argument("--sha256", metavar="HEX", help="refuse it unless its lock has this hash, printed by export")

    remove = _action(actions, "remove", "remove installed models")
    remove.add_argument("names", nargs="+", metavar="MODEL", help="models of the store")
    _action(actions, "path", "print the directory of a verified model").add_argument("name", metavar="MODEL")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action; 0 when done, 1 when verification found something."""
    return _ACTIONS[arguments.action](arguments)


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str, names: str = ""
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary[:1].upper() + summary[1:] + ".")
    parser.add_argument("--config", type=Path, metavar="FILE", help="take [models] from this TOML file")
    parser.add_argument("--traceback", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    if names:
        parser.add_argument("names", nargs="*", metavar="MODEL", help=f"models of the {names} (default: see below)")
        parser.epilog = {
            "catalogue": "Without models or profile, those of the existing lock are pinned anew.",
            "lock": "Without models, all of the lock.",
            "store": "Without models, all that is installed.",
        }[names]
    return parser


def _list(arguments: argparse.Namespace) -> int:
    from models.store.catalogue import load_catalogue

    catalogue = load_catalogue()
    states = _states(arguments)
    if arguments.json:
        models = [model.model_dump() | {"state": states.get(model.name, "")} for model in catalogue.models]
        profiles = [profile.model_dump() for profile in catalogue.profiles]
        print(json.dumps({"models": models, "profiles": profiles}, indent=2, ensure_ascii=False))
        return 0
    print(f"{'model':<28}{'role':<12}{'GB':>7}{'GPU GB':>8}  {'licence':<28}state")
    for model in catalogue.models:
        state = states.pop(model.name, f"comes with the package {model.package}" if model.package else "")
        licence = model.licence + (" (gated)" if model.gated else "")
        print(f"{model.name:<28}{model.role:<12}{model.size_gb:>7.3g}{model.gpu_memory_gb:>8.3g}  {licence:<28}{state}")
    for name, state in states.items():
        print(f"{name:<28}{'(not in the catalogue)':<57}{state}")
    print(f"\n{'profile':<10}{'GPU GB':>7}{'calls':>7}  models")
    for profile in catalogue.profiles:
        print(f"{profile.name:<10}{profile.gpu_gb:>7.3g}{profile.calls:>7}  {', '.join(profile.models)}")
    print("\nSizes, memory and calls are computed or estimated, not measured (models/catalogue.toml says which).")
    return 0


def _states(arguments: argparse.Namespace) -> dict[str, str]:
    """What the store says of each model that it or the lock knows."""
    from models.errors import EngineError
    from models.store.lock import read_lock

    store, lock_file = _store(arguments)
    installed = store.lock()
    states: dict[str, str] = {}
    for model in installed.models:
        try:
            store.check(model)
            states[model.name] = f"installed, {model.repository}@{model.revision[:12]}"
        except EngineError as error:
            states[model.name] = error.message
    for model in read_lock(lock_file).models if lock_file.exists() else ():
        if (there := installed.get(model.name)) is None:
            states[model.name] = "in the lock, not installed"
        elif there != model:
            states[model.name] += f"; the lock has {model.revision[:12]}"
    return states


def _lock(arguments: argparse.Namespace) -> int:
    from models.errors import EngineError
    from models.store.catalogue import load_catalogue
    from models.store.hub import HuggingFaceHub
    from models.store.lock import Lock, read_lock, write_lock
    from models.store.resolve import resolve

    _, lock_file = _store(arguments)
    before = read_lock(lock_file) if lock_file.exists() else Lock(models=())
    names = arguments.names or ([] if arguments.profile else [model.name for model in before.models])
    if not names and not arguments.profile:
        raise EngineError("nothing to lock", "name a --profile or models; appliance models list shows both")
    models = load_catalogue().select(names, arguments.profile)
    lock = resolve(models, HuggingFaceHub(), _Shown("looking up"))
    if arguments.names:
        lock = Lock.of((*before.models, *lock.models))
    write_lock(lock, lock_file)
    for model in lock.models:
        old = before.get(model.name)
        change = "new" if old is None else "as before" if old == model else f"was {old.revision[:12]}"
        note = f"; {model.licence_note}" if model.licence_note else ""
        source = f"{model.repository}@{model.revision[:12]}"
        print(f"{model.name}: {source}, {_gb(model.size)}, {change}; {model.licence}{note}")
    print(f"{lock_file}: sha256 {lock.digest}")
    return 0


def _pull(arguments: argparse.Namespace) -> int:
    from models.store.download import pull
    from models.store.hub import HuggingFaceHub
    from models.store.lock import read_lock

    store, lock_file = _store(arguments)
    lock = read_lock(lock_file).only(arguments.names, str(lock_file))
    for model in pull(store, lock, HuggingFaceHub, _Shown("downloaded")):
        print(f"installed {model.name} ({_gb(model.size)}) in {store.path_of(model)}")
    print(f"{len(lock.models)} models of {lock_file} are installed in {store.directory}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from models.store.lock import Lock

    store, _ = _store(arguments)
    lock: Lock = store.lock().only(arguments.names, f"what is installed in {store.directory}")
    wrong = False
    with store.changing():
        for model in lock.models:
            problems = store.verify(model, _Shown("verified"))
            wrong = wrong or bool(problems)
            for problem in problems:
                print(f"FAIL  {model.name}: {problem} — install it again with appliance models pull or import")
            if not problems:
                print(f"OK    {model.name}: {len(model.files)} files, {_gb(model.size)}, sha256 {model.digest}")
    if not lock.models:
        print(f"no models are installed in {store.directory}")
    return PROBLEM_FOUND if wrong else 0


def _export(arguments: argparse.Namespace) -> int:
    from models.store.archive import export_archive

    store, _ = _store(arguments)
    lock = export_archive(store, arguments.names, arguments.to, _Shown("exported"))
    print(f"{arguments.to}: {', '.join(model.name for model in lock.models)}")
    print(f"On the other machine: appliance models import {arguments.to.name} --sha256 {lock.digest}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from models.store.archive import import_archive
    from models.store.lock import read_lock

    store, lock_file = _store(arguments)
    wanted = read_lock(lock_file) if lock_file.exists() else None
    lock = import_archive(store, arguments.archive, wanted, arguments.sha256, _Shown("unpacked"))
    for model in lock.models:
        print(f"installed {model.name} ({_gb(model.size)}; {model.licence}) in {store.path_of(model)}")
    if wanted is None and arguments.sha256 is None:
        print(f"Compare with what export printed: sha256 {lock.digest}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    store, _ = _store(arguments)
    with store.changing():
        lock = store.lock().only(arguments.names, f"what is installed in {store.directory}")
        store.remove(lock)
    for model in lock.models:
        print(f"removed {model.name} ({_gb(model.size)})")
    return 0


def _path(arguments: argparse.Namespace) -> int:
    store, _ = _store(arguments)
    print(store.installed(arguments.name).path)
    return 0


def _store(arguments: argparse.Namespace) -> tuple[Any, Path]:
    from appliance.config import load_config
    from models.store import Store

    section = load_config(arguments.config).models
    return Store(section.directory), section.lock


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 10_000_000 else f"{size / 1e3:.1f} kB"


class _Shown:
    """Progress on standard error: one line that changes on a terminal, otherwise a line at every tenth."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._last: tuple[str, int] = ("", -1)

    def __call__(self, what: str, done: int, total: int) -> None:
        percent = 100 * done // total if total else 100
        terminal = sys.stderr.isatty()
        shown = (what, percent if terminal else percent // 10 * 10)
        if shown == self._last:
            return
        if terminal:
            start = "\n" if self._last[0] not in {"", what} else ""
            end = "\n" if percent == 100 else ""
            print(f"{start}\r{self._verb} {what} {percent:>3} %", end=end, file=sys.stderr, flush=True)
        else:
            print(f"{self._verb} {what} {shown[1]} %", file=sys.stderr, flush=True)
        self._last = shown


_ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "lock": _lock,
    "pull": _pull,
    "verify": _verify,
    "export": _export,
    "import": _import,
    "remove": _remove,
    "path": _path,
}
