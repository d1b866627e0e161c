"""What each resource becomes at the target, given the abilities of its services. Pure."""
