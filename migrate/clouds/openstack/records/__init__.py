"""From what services answer to our records, and back: field names and units of the services stop here."""
