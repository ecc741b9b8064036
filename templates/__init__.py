"""What customers and customer service read: jinja2 templates, and the built-in brand's style, texts, logo and fonts."""
