"""Convolutions on JAX: another program for those that XLA, the compiler behind JAX, computes slowly on a CPU.

In a convolution the picture and the kernel can change places, if both are turned by 180 degrees. XLA lets them change
places wherever the kernel is larger than the picture. What it gets on a CPU is a convolution that no fast routine
knows, and it computes it in plain loops. The gradient of a transposed convolution with respect to its kernel is of this
kind, since the gradient of the larger output takes the part of the kernel there: it takes about 20 times as long as it
must. So are convolutions of very small pictures, and the way from one pixel to a picture with which many generators
begin. Here they change places before XLA sees them, and the fast routine takes them as they are.
"""

import functools
import math

import keras

if keras.config.backend() == "jax":
    import jax
    from jax.extend.core import jaxpr_as_fun


def swap_large_kernels(function):
    """Return a function for a CPU that computes the same in less time, if some kernel is larger than its picture.

    All convolutions count that the function computes, those in gradients, too, if the function takes these. In a part
    that JAX compiles or repeats on its own, as under `jax.jit` or `jax.lax.scan`, they stay as they are.

    Args:
        function: function of trees of arrays that returns a tree of arrays. JAX must be able to trace it.

    Returns:
        Function of the same arguments with the same results, up to rounding. Off the CPU it is the function itself.
    """
    if jax.default_backend() != "cpu":
        return function

    @functools.wraps(function)
    def swapped(*arguments):
        program, results = jax.make_jaxpr(function, return_shape=True)(*arguments)
        equations = [_swap(each) if _is_slow(each) else each for each in program.jaxpr.eqns]
        program = program.replace(jaxpr=program.jaxpr.replace(eqns=equations))
        return jax.tree.unflatten(jax.tree.structure(results), jaxpr_as_fun(program)(*jax.tree.leaves(arguments)))

    return swapped


def _is_slow(equation):
    """Whether an equation of a program is a convolution of all channels whose kernel is larger than its picture."""
    if equation.primitive is not jax.lax.conv_general_dilated_p:
        return False
    axes = equation.params["dimension_numbers"]
    picture, kernel = (variable.aval.shape for variable in equation.invars)
    groups = equation.params["feature_group_count"] * equation.params["batch_group_count"]
    return groups == 1 and _pixels(kernel, axes.rhs_spec) > _pixels(picture, axes.lhs_spec)


def _pixels(shape, axes):
    return math.prod(shape[axis] for axis in axes[2:])


def _swap(equation):
    """An equation with the inputs and outputs of a convolution, whose kernel takes the place of the picture."""
    convolve = jax.jit(functools.partial(_convolve_swapped, **equation.params))
    (swapped,) = jax.make_jaxpr(convolve)(*(variable.aval for variable in equation.invars)).eqns
    return swapped.replace(invars=equation.invars, outvars=equation.outvars)


def _convolve_swapped(
    picture, kernel, *, padding, lhs_dilation, rhs_dilation, dimension_numbers, precision=None, **others
):
    """What `jax.lax.conv_general_dilated` returns, with the picture as the kernel; the arguments are its own."""
    picture_axes, kernel_axes, result_axes = dimension_numbers
    ends = [
        lhs_dilation[i] * (picture.shape[picture_axes[2 + i]] - 1)
        - rhs_dilation[i] * (kernel.shape[kernel_axes[2 + i]] - 1)
        for i in range(len(padding))
    ]
    return jax.lax.conv_general_dilated(
        jax.lax.rev(kernel, kernel_axes[2:]),
        jax.lax.rev(picture, picture_axes[2:]),
        padding=[(low + end, high + end) for (low, high), end in zip(padding, ends, strict=True)],
        lhs_dilation=rhs_dilation,
        rhs_dilation=lhs_dilation,
        dimension_numbers=jax.lax.ConvDimensionNumbers(
            kernel_axes, picture_axes, (result_axes[1], result_axes[0], *result_axes[2:])
        ),
        precision=precision and precision[::-1],
        **others,
    )
