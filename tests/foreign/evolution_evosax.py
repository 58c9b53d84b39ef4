"""Estimates by evosax: the gradient of its Open_ES, a mean over points, where it hands it to its optimiser.

Its GuidedES is no subject: normal steps that lean towards the surrogates follow another law.

whp check evolution --subject evolution_evosax.py
"""

from importlib.metadata import version

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402
from evosax.algorithms.distribution_based.open_es import Open_ES  # noqa: E402

whp = {"name": "evosax Open_ES", "version": version("evosax")}

KEPT = optax.GradientTransformation(jnp.zeros_like, lambda found, *_: (jnp.zeros_like(found), found))


def tell(point, points, values, sigma):
    strategy = Open_ES(len(points), jnp.array(point), optimizer=KEPT, std_schedule=lambda _: sigma)
    key, params = jax.random.key(0), strategy.default_params
    state = strategy.init(key, jnp.array(point), params)
    found = strategy._tell(key, jnp.array(points), jnp.array(values), state, params).opt_state
    return [float(each) for each in found * len(points) / 2]
