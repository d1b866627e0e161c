"""One module for each `decamp` command."""
