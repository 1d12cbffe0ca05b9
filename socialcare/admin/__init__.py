"""The administration: its front page, its menu and its door. What it administers is told by each app's own `admin`."""
