"""What page Reject shows: each view is a module with a function `show(run)`."""

from ui.reject import cost, guarantee, team, threshold

VIEWS = {"Threshold": threshold.show, "Guarantee": guarantee.show, "Cost": cost.show, "Team": team.show}
