"""Autotask, played over HTTP: its REST API, its contracts and their periods, its accounting, its moods."""
