"""Endpointing measured on labelled turns: what each setting would cost in cut-ins and in waiting."""
