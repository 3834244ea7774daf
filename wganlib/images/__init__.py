"""Images: data sets by name, the paper's networks, and quality in numbers.

``sets``        digits, MNIST, Fashion-MNIST, CIFAR-10, folders, LSUN, with checksums
``networks``    DCGANs and multilayer perceptrons of the paper's sizes
``classifier``  a small network that says which digit an image shows
``quality``     exact EM in pixels and features, classes reached, nearest training images
"""

from __future__ import annotations

from wganlib._lazy import attach

_HOMES: dict[str, tuple[str, ...]] = {
    "sets": (
        "ImageSet",
        "load_images",
    ),
    "networks": (
        "DCGANCritic",
        "DCGANGenerator",
        "MLPCritic",
        "MLPGenerator",
    ),
    "classifier": ("train_classifier",),
    "quality": (
        "class_coverage",
        "image_distance",
        "measure_images",
        "nearest_images",
        "precision_recall",
    ),
}

__getattr__, __dir__, __all__ = attach(__name__, _HOMES)
