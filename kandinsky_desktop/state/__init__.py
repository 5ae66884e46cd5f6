"""What the window shows: Qt objects without widgets. All of it lives in the UI thread."""
