"""What both programs stand on, whatever they do: the installation, and the libraries that need care."""
