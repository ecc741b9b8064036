"""The proof: equations over the whole lake that must hold every night."""
