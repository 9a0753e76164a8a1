"""Untrusted bytes and text as cells that are safe to draw."""
