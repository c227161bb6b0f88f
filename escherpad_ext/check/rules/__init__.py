"""The rules of the diagnosis, by subject. Each rule takes facts and yields findings. Pure."""
