"""What scripts on other machines may ask golive, and how it knows who asks."""
