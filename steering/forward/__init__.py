"""Forward: forward passes of a model with steering, and the proof that they are exact."""
