"""What a score is called on screen, where its label in the address and in files is a term of the field that says less."""

NAMES = {"Least confidence": "1 − max probability"}


def score_name(label: str) -> str:
    """The name on screen of a label of `core.metrics.scores.SCORES`.

    Example:
        >>> score_name("Least confidence"), score_name("Entropy")
        ('1 − max probability', 'Entropy')
    """
    return NAMES.get(label, label)
