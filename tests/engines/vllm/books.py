"""What is in the appointment book, read past the appliance."""

import sqlite3
from contextlib import closing
from pathlib import Path


def bookings(database: Path) -> list[tuple[str, str, str, str]]:
    """Patient, date of birth, doctor and start of every appointment."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT patient, birth_date, doctor, start FROM appointments").fetchall()
