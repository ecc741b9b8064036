"""What becomes charges: usage that is priced, and fees that have come due."""
