"""Credit: what is owed and used is watched, numbers are barred and freed."""
