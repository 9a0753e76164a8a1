"""The widgets of the main screen. Each draws the lines of a model, and posts messages for what the operator does."""
