"""What several commands print: forecast, waves, downtimes, objects that could not be listed."""
