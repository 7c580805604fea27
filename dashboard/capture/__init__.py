"""Takes pictures of pages by an installed Chromium, in a process that sees nothing of ours."""
