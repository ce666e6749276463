"""All tests of this process see eight virtual devices."""

import jax

jax.config.update("jax_num_cpu_devices", 8)
