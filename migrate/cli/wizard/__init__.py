"""The wizard's conversation: asks the questions of `migrate.wizard`, keeps the answers, and runs ordinary commands."""
