"""What page Reject shows: each view is a module with a function `show(run)`."""

from ui.reject import conventions, cost, guarantee, team, threshold, which_score

VIEWS = {
    "Threshold": threshold.show,
    "Which score": which_score.show,
    "Guarantee": guarantee.show,
    "Cost": cost.show,
    "Team": team.show,
    "Conventions": conventions.show,
}
