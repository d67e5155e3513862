"""La revue annuelle des indicateurs, guidée, puis scellée."""
