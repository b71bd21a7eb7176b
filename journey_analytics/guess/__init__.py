"""`journey init`: what log files are, judged by their content, and a journey.yaml that says so."""
