"""Program that has torchvision download MNIST into a folder; run in a process of its own.

torchvision opens its addresses without any time limit. In its own process a limit can be set for
all of them, and the process can be ended when nothing arrives.
"""

import socket
import sys
from typing import Any

__all__ = ["import_mnist", "main"]

_SECONDS = 5.0
_OPERATORS = ("nms", "qnms")


def import_mnist() -> Any:  # noqa: ANN401 - torchvision has no types
    """Import torchvision.datasets.MNIST, also where torchvision's compiled part does not load.

    A torchvision built for another build of the same torch (CUDA beside CPU) cannot load its
    compiled operators, says nothing, and then fails to describe two of them: "operator
    torchvision::nms does not exist". With the two declared, but not defined, its Python part
    works, which is all that a download needs. They are declared only after that failure: where
    the compiled part loads, it declares them itself.
    """
    try:
        from torchvision.datasets import MNIST  # noqa: PLC0415
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        from torch.library import Library  # noqa: PLC0415

        declarations = Library("torchvision", "FRAGMENT")  # they last as long as this object
        for name in _OPERATORS:
            declarations.define(
                f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
        from torchvision.datasets import MNIST  # noqa: PLC0415
    return MNIST


def main(folder: str) -> None:
    """Download the four files into MNIST/raw below the folder."""
    socket.setdefaulttimeout(_SECONDS)
    import_mnist()(folder, download=True)


if __name__ == "__main__":
    main(sys.argv[1])
