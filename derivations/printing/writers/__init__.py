"""Report nodes as Markdown, LaTeX and Typst."""
