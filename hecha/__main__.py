"""`python -m hecha`: the command line without a script on PATH."""

if __name__ == "__main__":
    from hecha.commands import main

    main()
