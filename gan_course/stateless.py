"""Helpers for `keras.StatelessScope`: which values that layers assign to their variables in it remain afterwards."""

import contextlib

import keras


def current_value(scope, variable):
    """The value of a variable in a scope: the one that was assigned there, or else the variable's own."""
    value = scope.get_current_value(variable)
    return variable.value if value is None else value


def assign_others(variables, weights, scope, change=None):
    """Give variables the values that layers assigned to them in a scope, all but some weights, which stay as they are.

    Args:
        variables: list of `keras.Variable`.
        weights: list of those that stay as they are.
        scope: the `keras.StatelessScope`, after its `with` block.
        change: function of a value that returns what is assigned in its place. Defaults to None: the value itself.
    """
    unchanged = {id(w) for w in weights}
    for variable in variables:
        value = None if id(variable) in unchanged else scope.get_current_value(variable)
        if value is not None:
            variable.assign(value if change is None else change(value))


@contextlib.contextmanager
def preserved_weights(network, *seeds):
    """Context manager: calls of a network in the `with` block do not change its weights, even in training mode.

    Weights here include the moving statistics of BatchNormalization, and the kernel that SpectralNormalization rescales
    in each call. Random states, such as that of Dropout, do change. Variables of anything but this network lose what is
    assigned to them in the block, and in a training step the weights of any other network get no gradient there. So
    call nothing else there: call the network that you train before the block. Draw random numbers only with the seeds
    that are given here. Another one would draw the same numbers again, and has no state at all in a step on JAX.

    Args:
        network: `keras.Model` or layer.
        *seeds: each `keras.random.SeedGenerator` that random numbers are drawn with in the block.
    """
    weights = {id(w) for w in network.weights}
    random_states = [v for v in network.variables if id(v) not in weights] + [seed.state for seed in seeds]
    with keras.StatelessScope([(v, v.value) for v in (*network.weights, *random_states)]) as scope:
        yield
    for state in random_states:
        state.assign(current_value(scope, state))
