"""What the targets can say of the parameters: near one point and over their ranges."""
