"""Who is treated: how patients differ, and who leaves early."""
