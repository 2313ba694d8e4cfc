"""Shift: what does the network make of images that are not like those it learnt from?"""

import ui
from ui.shift import doubt, elsewhere, noise, split

run = ui.page(
    "Shift", "Show the network what it was not trained for, spoiled or foreign images, and see which score notices."
)
ui.view(
    {
        "Threshold split": split.show,
        "Noise": noise.show,
        "Data from elsewhere": elsewhere.show,
        "Which doubt": doubt.show,
    },
    run,
)
