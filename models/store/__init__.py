"""The model store: a catalogue, a lock with the hash of every file, and a directory of verified models.

Engines open only what `installed` returns. Nothing but `models.store.hub` ever fetches anything.
"""

from models.store.store import Store, VerifiedModel, installed

__all__ = ["Store", "VerifiedModel", "installed"]
