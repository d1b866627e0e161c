"""Whether the migration will finish in time, and how likely that is. Pure: no cloud, no file, no clock of its own."""
