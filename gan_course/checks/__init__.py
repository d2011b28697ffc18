"""Instant checks of the lessons' exercises, one module a lesson. Only notebooks and tests import them."""
