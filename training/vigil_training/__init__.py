"""Training of the multi-task model that vigilstream serves."""

__version__ = "1.0.0"
