"""Chats about one file: a task alone, several together, several turns, pairs."""
