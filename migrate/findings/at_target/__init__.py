"""What becomes of each thing at the target, by what its services can do and hold. Pure."""
