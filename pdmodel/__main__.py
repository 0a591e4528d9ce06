"""`python -m pdmodel` is the command `pdmodel`."""

from pdmodel.cli import main

if __name__ == "__main__":
    main()
