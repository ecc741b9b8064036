"""What the lake refuses."""


class StoreError(Exception):
    """The lake cannot be opened, or a write would break a table's definition."""
