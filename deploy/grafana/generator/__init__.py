"""The dashboards as Python: panels.py and layout.py are the vocabulary, every other file is a dashboard."""
