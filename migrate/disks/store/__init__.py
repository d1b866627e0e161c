"""Where captured disks wait for the target: chunks in packs, tables and sealed manifests, on an ObjectStore port."""
