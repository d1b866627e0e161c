"""Translates answers of the services to our records and back: the services' field names and units stay in here."""
