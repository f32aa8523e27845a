"""Factories: records with sensible values, brought in through the store's own actions."""
