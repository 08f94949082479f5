"""A model actor for NDIF that needs no GPU; NDIF takes such a class by NDIF_MODEL_IMPORT_PATH.

Trusted requests run in its process, others in a sandbox. It runs in the server's environment.
"""

from __future__ import annotations

import ray
import torch
from ndif.services.ray.sandbox.model import SandboxModelDeployment
from nnsight.modeling.huggingface import HuggingFaceModel


@ray.remote(num_cpus=0.1, max_restarts=-1)
class OnProcessor(SandboxModelDeployment):
    """A model in the processor's memory."""

    CACHEABLE = False

    def load_from_disk(self) -> HuggingFaceModel:
        # Here, since Ray sends the class and not the module: PyTorch with CUDA and without a GPU
        # raises where there is nothing to wait for.
        """Return the model, in the processor's memory."""
        torch.cuda.synchronize = lambda *_, **__: None
        model = HuggingFaceModel.from_model_key(
            self.model_key, dispatch=True, dtype=self.dtype_name, device="cpu", **self.kwargs
        )
        model._module.requires_grad_(False)
        return model
