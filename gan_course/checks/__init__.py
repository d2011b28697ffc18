"""Instant checks of the lessons' exercises, one module per lesson. Only notebooks and tests import them."""
