"""Seeds: is one recipe better than another, over several seeds?"""

import streamlit as st

from ui.compare.choice import Compared


def show(compared: Compared) -> None:
    st.write(compared.values)
