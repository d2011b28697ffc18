"""What users call their models: variables of the frames that run now, attributes of them, and defaults."""

import keras
import numpy as np
import pytest
from keras import layers

from gan_course import doctor
from gan_course.doctor import names


class Owner:
    """An object that holds a thing."""

    def __init__(self, thing):
        self.player, self._hidden = thing, thing


def test_a_variable_is_found_in_the_frame_that_calls_and_in_those_around_it():
    thing = object()

    def inner():
        return names.name_of(thing, names.callers()), names.value_of("thing", names.callers())

    def outer(my_player):
        return names.name_of(my_player, names.callers())

    assert inner() == ("thing", thing)
    assert outer(thing) == "my_player"


def test_an_attribute_of_a_variable_is_found_where_no_variable_is():
    owner = Owner(object())
    assert names.name_of(owner.player, names.callers()) == "owner.player"
    assert names.value_of("owner.player", names.callers()) is owner.player


def test_an_item_or_an_attribute_of_an_attribute_is_found_too():
    players, owner = {"g": object(), "all": [object()]}, Owner(Owner(object()))
    assert names.name_of(players["g"], names.callers()) == "players['g']"
    assert names.name_of(owner.player.player, names.callers()) == "owner.player.player"
    assert names.name_of(players["all"][0], names.callers()) == "players['all'][0]"


def test_data_are_known_by_the_rows_that_come_from_them():
    pictures, other = np.arange(240.0).reshape(20, 3, 4), np.zeros((20, 3, 4))
    batch = pictures[[7, 3]].astype("float32")
    assert names.name_of_data(batch, names.callers(), 2) == "pictures"
    assert names.name_of_data(batch + 0.5, names.callers(), 2) is None
    assert names.name_of_data(pictures, names.callers(), 2) is None
    del other


def test_what_nobody_names_has_a_default():
    assert names.name_of(object(), names.callers()) is None
    assert names.value_of("no_such_variable", names.callers()) is None
    assert names.names_of({"generator": object(), "combined": None}, names.callers()) == {}


class Strange:
    """An object that cannot be looked at."""

    @property
    def __dict__(self):
        raise RuntimeError("no")


def test_objects_that_cannot_be_looked_at_do_no_harm():
    strange = Strange()
    assert names.names_of({"generator": object()}, names.callers()) == {}
    with pytest.raises(RuntimeError):
        vars(strange)


def test_frames_of_libraries_are_left_out():
    modules = [frame.f_globals["__name__"].split(".")[0] for frame in names.callers()]
    assert modules[0] == __name__.split(".")[0]
    assert not {"_pytest", "pluggy", "gan_course"} & {*modules}


@pytest.mark.backends
@pytest.mark.filterwarnings("ignore")
def test_remedies_use_the_names_of_whoever_calls_the_doctor():
    maker = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="tanh")])
    judge = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")])
    judge.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    pictures = keras.ops.convert_to_numpy(keras.ops.reshape(keras.ops.arange(60.0), (10, 6)))
    visits = [doctor.examine(maker, judge, real=pictures)]
    with doctor.watch(maker, judge, real=pictures) as visit:
        visits.append(visit)
    for visit in visits:
        remedies = {finding.name: finding.remedy for finding in visit.findings}
        assert "the last layer of judge," in remedies["logits-mismatch"]
        assert "pictures = 2 * (pictures.astype('float32')" in remedies["range-mismatch"]
        assert "G is the generator, maker in your code" in str(visit)
