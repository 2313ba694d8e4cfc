"""Everything that is not Streamlit: data, models, training, metrics, saliency, pictures."""
