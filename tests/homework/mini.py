# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Mini
#
# It belongs to lessons [01](https://example.org/01.ipynb) and [02](https://example.org/02.ipynb).

# %%
import numpy as np

# %% [markdown]
# ## Exercise 1: value (10 points)


# %% nbgrader={"grade": false, "grade_id": "value", "locked": false, "schema_version": 3, "solution": true, "task": false}
def value(real, fake):
    """Mean of log real plus mean of log (1 - fake)."""
    ### BEGIN SOLUTION
    return np.log(real).mean() + np.log1p(-fake).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_value", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
half = np.full(4, 0.5)
assert abs(value(half, half) + np.log(4)) < 1e-9, f"Expected -log 4. Received: {value(half, half)}"
### BEGIN HIDDEN TESTS
# Expected: the same formula for other numbers.
quarter = np.array([0.25, 0.75])
expected = np.log(0.25 * 0.75)
assert abs(value(quarter, 1 - quarter) - expected) < 1e-9, "On other numbers it differs; is something hard-coded?"
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 2: double
#
# It is twice as much, as in lesson 04.


# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def double(x):
    return 2 * x


### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_double", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_double():
    assert double(2) == 4, "Expected 4."
    ### BEGIN HIDDEN TESTS
    assert double(7) == 14, "Expected 14 for 7."
    ### END HIDDEN TESTS


test_double()

# %% [markdown]
# ## Exercise 3: why?
#
# | points | for |
# |---|---|
# | 3 | a reason |
# | 2 | an example |

# %% [markdown] nbgrader={"grade": true, "grade_id": "answer_why", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# Because the discriminator is only as good as its opponent.
