"""Commands that help: what a code means, what stands in the way, and completion."""
