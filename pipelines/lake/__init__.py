"""The lake of a home: opened in one place, written whole or not at all, and files numbered by it."""
