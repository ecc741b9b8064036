"""Price decks of carriers: read by a declared mapping, compared with the price list in force, and written into it."""
