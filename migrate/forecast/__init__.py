"""Whether it will be done in time, and how sure that is. Pure: no cloud, no file, no clock of its own."""
