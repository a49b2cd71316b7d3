"""Written text as it is spoken: numbers, dates, doses, addresses and the like, for each language."""
