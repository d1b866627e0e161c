"""Durations as people read them; the units are spelt alike in both languages."""


def format_duration(seconds: float) -> str:
    """`3725` -> `1 h 02 min`; tenths of a second below ten seconds."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
