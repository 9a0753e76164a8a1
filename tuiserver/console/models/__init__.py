"""What the panes show, as plain objects without a screen: rows, columns, windows, filters, searches, the typed message."""
