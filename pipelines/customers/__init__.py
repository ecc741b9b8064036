"""Customers and their services: requests become a register, and what changed goes to the network."""
