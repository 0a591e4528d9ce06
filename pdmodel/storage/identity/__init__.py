"""What makes two questions the same: plain data, the code of users, one fingerprint."""
