"""Vendor APIs behind one interface. Knows neither Django nor Celery.

A module here is framework; a sub-package is a vendor.
"""
