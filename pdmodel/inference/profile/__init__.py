"""How far each parameter or prediction can go while all others are fitted again."""
