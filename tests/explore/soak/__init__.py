"""Random states of the explorer's page, asked by two browsers at once, held against `simulate`.

`states` draws them, `checking` compares an answer with a run of its own, `soak` asks. On demand,
over all models of the catalogue and a real server each: `python -m tests.explore.soak`.
"""
