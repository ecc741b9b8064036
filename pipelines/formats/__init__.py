"""File formats: one module per layout, each reading bytes into frames or writing frames into bytes."""
