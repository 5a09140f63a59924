"""Sizes and speeds: scale data and the bench of quality.md, "Speed"."""

# The floor signs in by Django's own backend: its session names it.
FLOOR_BACKEND = "django.contrib.auth.backends.ModelBackend"
