"""What people do from the pages and the API: each action once, whoever asks for it."""
