"""Saliency maps of pictures: asked of the network once, kept for all visitors, shown as figures."""
