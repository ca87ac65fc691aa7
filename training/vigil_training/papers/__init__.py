"""Experiments of papers, run again: a settings file each, protocols, results and their page."""
