"""Workspaces in one file: support bundles, without secrets and only for looking, and packs, which move a workspace."""
