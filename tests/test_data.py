"""Data sets on disk, from the cache and from the network, whole and broken. For those always there: test_bundled."""

import doctest
import gzip
import hashlib
import http.server
import io
import os
import pickle
import shutil
import socket
import sys
import tarfile
import threading
import time

import numpy as np
import pytest

from gan_course import data, toys

pytestmark = pytest.mark.usefixtures("clean_environment")

THREE_PARTS = r"Expected.+Received: .+\. \w"
IMAGE_SETS = ("mnist", "fashion_mnist", "cifar10")
HTML = b"<!DOCTYPE html><html><body>Please sign in to this network.</body></html>" * 20


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty folder that GAN_COURSE_DATA points to."""
    folder = tmp_path / "data"
    (folder / "fashion-mnist").mkdir(parents=True)
    monkeypatch.setenv("GAN_COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def small(monkeypatch):
    """Make the image sets small: 40 training and 10 test images."""
    for name, source in data._SOURCES.items():
        monkeypatch.setitem(data._SOURCES, name, source._replace(counts={"train": 40, "test": 10}))


def pattern(*shape):
    """uint8 values 0, 1, …, 250, 0, 1, … so that every pixel's place can be told from its value."""
    return np.resize(np.arange(251, dtype="uint8"), shape)


def mnist_arrays(train=0, test=10000):
    """What a right mnist.npz holds. Most tests read the test split alone, so the other is empty."""
    counts = {"train": train, "test": test}
    arrays = {f"x_{split}": pattern(count, 28, 28) for split, count in counts.items()}
    return arrays | {f"y_{split}": pattern(count) % 10 for split, count in counts.items()}


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def idx(array, magic=None):
    """One of Fashion-MNIST's files: gzipped IDX."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress((magic or header[:4]) + header[4:] + array.tobytes(), compresslevel=1)


def fashion_files(train=0, test=10000):
    files = {}
    for prefix, count in (("train", train), ("t10k", test)):
        files[f"{prefix}-images-idx3-ubyte.gz"] = idx(pattern(count, 28, 28))
        files[f"{prefix}-labels-idx1-ubyte.gz"] = idx(pattern(count) % 10)
    return files


def cifar_tar(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def cifar_records(count):
    """Records of one label byte and 3072 pixel bytes, and the images (n, 3, 32, 32) and labels in them."""
    images, labels = pattern(count, 3, 32, 32), pattern(count) % 10
    return np.concatenate([labels[:, None], images.reshape(count, -1)], axis=1).tobytes(), images, labels


def cifar_members(per_batch=8, test=10):
    names = [f"data_batch_{i}.bin" for i in range(1, 6)]
    return {name: cifar_records(per_batch)[0] for name in names} | {"test_batch.bin": cifar_records(test)[0]}


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(data) == (0, 3)


def test_the_toy_distributions_can_be_called_from_here():
    for name in ("ring", "ring_centers", "grid", "grid_centers", "gaussian_mixture_1d"):
        assert getattr(data, name) is getattr(toys, name)


# ----------------------------------------------------------------------------------------- image sets on disk


def test_real_mnist(monkeypatch, mnist_folder):
    """Class counts, first labels and mean are those published for MNIST, not read from the file."""
    monkeypatch.setenv("GAN_COURSE_DATA", str(mnist_folder))
    assert data.where("mnist") == str(mnist_folder)
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    known = (("train", train, [5, 0, 4, 1, 9], 0.1307), ("test", test, [7, 2, 1, 0, 4], 0.1325))
    for split, counts, first, mean in known:
        images, labels = data.load("mnist", split)
        assert (images.shape, images.dtype) == ((sum(counts), 28, 28, 1), np.float32)
        assert (images.min(), images.max()) == (-1, 1)
        assert labels.dtype == np.int64
        assert np.bincount(labels).tolist() == counts
        assert labels[:5].tolist() == first
        assert abs((images.mean(dtype="float64") + 1) / 2 - mean) < 1e-4


def test_the_test_images_of_real_mnist_are_the_originals(monkeypatch, mnist_folder):
    monkeypatch.setenv("GAN_COURSE_DATA", str(mnist_folder))
    pixels = np.round((data.load("mnist", "test")[0] + 1) * 127.5).astype("uint8")
    header = b"\x00\x00\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (10000, 28, 28))
    assert hashlib.md5(header + pixels.tobytes()).hexdigest() == "2646ac647ad5339dbf082846283269ea"


def test_a_truncated_copy_of_real_mnist_is_refused_and_kept(folder, mnist_folder):
    shutil.copyfile(mnist_folder / "mnist.npz", folder / "mnist.npz")
    os.truncate(folder / "mnist.npz", 5_000_000)
    with pytest.raises(ValueError, match=r"mnist\.npz.+" + THREE_PARTS):
        data.load("mnist")
    assert (folder / "mnist.npz").stat().st_size == 5_000_000


@pytest.mark.parametrize("split", ["train", "test"])
def test_mnist_npz_of_full_size(folder, split):
    arrays = mnist_arrays(60000, 10000)
    (folder / "mnist.npz").write_bytes(npz(**arrays))
    images, labels = data.load("mnist", split)
    assert (images.dtype, labels.dtype) == (np.float32, np.int64)
    assert images.shape == (len(labels), 28, 28, 1)
    assert np.abs(images[::97] - (arrays[f"x_{split}"][::97, ..., None] / 127.5 - 1)).max() < 1e-6
    assert np.array_equal(labels, arrays[f"y_{split}"])


@pytest.mark.parametrize(("split", "count"), [("train", 60000), ("test", 10000)])
def test_fashion_mnist_idx_files_of_full_size(folder, split, count):
    for name, content in fashion_files(*((60000, 0) if split == "train" else (0, 10000))).items():
        (folder / "fashion-mnist" / name).write_bytes(content)
    images, labels = data.load("fashion_mnist", split)
    assert (images.dtype, labels.dtype) == (np.float32, np.int64)
    assert images.shape == (count, 28, 28, 1)
    assert np.abs(images[::97] - (pattern(count, 28, 28, 1)[::97] / 127.5 - 1)).max() < 1e-6
    assert np.array_equal(labels, pattern(count) % 10)


def test_cifar10_test_split_of_full_size(folder):
    content, pixels, labels = cifar_records(10000)
    (folder / "cifar-10-binary.tar.gz").write_bytes(cifar_tar({"test_batch.bin": content}))
    images, got = data.load("cifar10", "test")
    assert (images.shape, images.dtype, got.dtype) == ((10000, 32, 32, 3), np.float32, np.int64)
    # In the file the channels come first.
    assert abs(images[7, 30, 5, 2] - (pixels[7, 2, 30, 5] / 127.5 - 1)) < 1e-6
    assert np.abs(images[::97] - (np.moveaxis(pixels, 1, -1)[::97] / 127.5 - 1)).max() < 1e-6
    assert np.array_equal(got, labels)


@pytest.mark.usefixtures("small")
def test_cifar10_training_batches_come_in_order(folder):
    members = cifar_members()
    for i in range(5):
        members[f"data_batch_{i + 1}.bin"] = (bytes([i]) + bytes(3072)) * 8
    (folder / "cifar-10-binary.tar.gz").write_bytes(cifar_tar(members))
    assert data.load("cifar10", "train")[1].tolist() == [i for i in range(5) for _ in range(8)]


def test_sizes_are_those_of_the_papers():
    assert data._SOURCES["cifar10"].counts == {"train": 50000, "test": 10000}
    for name in ("mnist", "fashion_mnist"):
        assert data._SOURCES[name].counts == {"train": 60000, "test": 10000}


def test_checksums_can_be_checksums():
    for source in data._SOURCES.values():
        assert all(f.sha256 is None or len(bytes.fromhex(f.sha256)) == 32 for f in source.files)


# ----------------------------------------------------------------------------------------------- search order


def test_the_search_goes_from_the_variable_to_the_cache_to_the_internet(folder, clean_environment):
    assert data.where("digits") == "scikit-learn"
    assert data.where("mnist") == "internet"
    clean_environment.mkdir(parents=True)
    (clean_environment / "mnist.npz").write_bytes(npz(**mnist_arrays()))
    assert data.where("mnist") == str(clean_environment)
    assert data.load("mnist", "test")[0].shape == (10000, 28, 28, 1)
    broken = folder / "mnist.npz"
    broken.write_bytes(b"broken")
    assert data.where("mnist") == str(folder)
    with pytest.raises(ValueError, match=r"data.mnist\.npz"):  # the variable's file is the one that is read
        data.load("mnist", "test")


def test_a_set_counts_as_found_only_with_all_its_files(folder):
    files = fashion_files(0, 1)
    for i, (name, content) in enumerate(files.items()):
        assert data.where("fashion_mnist") == "internet", f"after {i} of 4 files"
        (folder / "fashion-mnist" / name).write_bytes(content)
    assert data.where("fashion_mnist") == str(folder)


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_a_data_folder_that_does_not_exist_is_named(monkeypatch, tmp_path, name):
    missing = tmp_path / "no-such-folder"
    monkeypatch.setenv("GAN_COURSE_DATA", str(missing))
    for look in (data.load, data.where):
        with pytest.raises(FileNotFoundError, match=THREE_PARTS) as caught:
            look(name)
        assert str(missing) in str(caught.value)
        assert "GAN_COURSE_DATA" in str(caught.value)
    assert not missing.exists()


def test_a_data_folder_that_is_a_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path / "file"))
    with pytest.raises(FileNotFoundError, match=THREE_PARTS):
        data.load("mnist", offline="digits")


# -------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("arguments", [("minst",), ("digits", "valid"), ("mnist", "train", "digit"), (None,)])
def test_an_unknown_name_is_refused_with_the_known_ones(arguments):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        data.load(*arguments)
    assert repr(arguments[-1]) in str(caught.value)
    known = {
        "valid": "'train', 'test'",
        "digit": "'digits', 'mnist_5k', 'photo_digits', 'fashion_mnist', 'cifar10'",
    }.get(arguments[-1], "'digits', 'mnist_5k', 'photo_digits', 'mnist', 'fashion_mnist', 'cifar10'")
    assert known in str(caught.value)


def test_where_refuses_an_unknown_name():
    with pytest.raises(ValueError, match=r"Unknown data set.+" + THREE_PARTS):
        data.where("minst")


def test_a_data_set_cannot_stand_in_for_itself(clean_environment):
    with pytest.raises(ValueError, match=r"offline.+Expected .+Received: 'mnist'"):
        data.load("mnist", offline="mnist")


def single_array(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def without(name):
    return npz(**{key: value for key, value in mnist_arrays().items() if key != name})


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


BROKEN_MNIST = {
    "empty": lambda: b"",
    "text": lambda: b"This is a note, not an archive.\n" * 10,
    "web page": lambda: HTML,
    "cut in half": lambda: npz(**mnist_arrays())[:4_000_000],
    "cut at the end": lambda: npz(**mnist_arrays())[:-10],
    "one byte flipped": lambda: flipped(npz(**mnist_arrays()), 4_000_000),
    "one array": lambda: single_array(pattern(10000, 28, 28)),
    "no labels": lambda: without("y_test"),
    "no images": lambda: without("x_test"),
    "flat images": lambda: npz(**mnist_arrays() | {"x_test": pattern(10000, 784)}),
    "too few images": lambda: npz(**mnist_arrays(test=9999)),
    "fewer labels": lambda: npz(**mnist_arrays() | {"y_test": pattern(9999) % 10}),
    "labels in a column": lambda: npz(**mnist_arrays() | {"y_test": pattern(10000, 1) % 10}),
    "float pixels": lambda: npz(**mnist_arrays() | {"x_test": np.zeros((10000, 28, 28), "float32")}),
    "float labels": lambda: npz(**mnist_arrays() | {"y_test": np.zeros(10000)}),
    "label 10": lambda: npz(**mnist_arrays() | {"y_test": np.full(10000, 10)}),
    "label -1": lambda: npz(**mnist_arrays() | {"y_test": np.full(10000, -1)}),
}


def assert_refused_and_kept(name, path, **options):
    """The file is named, the message has its three parts, and the file is as it was."""
    before = path.read_bytes()
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        data.load(name, "test", **options)
    assert str(path) in str(caught.value)
    assert repr(name) in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("make", BROKEN_MNIST.values(), ids=BROKEN_MNIST)
def test_a_broken_mnist_npz_is_refused_and_kept(folder, make):
    (folder / "mnist.npz").write_bytes(make())
    assert_refused_and_kept("mnist", folder / "mnist.npz")


def test_a_broken_file_is_no_reason_to_fall_back(folder):
    """`offline` is for data that is not at hand; a file that is there and broken has to be mended."""
    (folder / "mnist.npz").write_bytes(HTML)
    assert_refused_and_kept("mnist", folder / "mnist.npz", offline="digits")


class Trap:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


PICKLED = {
    "objects in an npz": lambda trap: npz(**mnist_arrays() | {"y_test": np.array([trap], object)}),
    "one array of objects": lambda trap: single_array(np.array([trap], object)),
    "a bare pickle": lambda trap: pickle.dumps(trap),
}


@pytest.mark.parametrize("make", PICKLED.values(), ids=PICKLED)
def test_pickled_objects_are_refused_and_never_run(folder, tmp_path, make):
    marker = tmp_path / "the trap went off"
    (folder / "mnist.npz").write_bytes(make(Trap(marker)))
    assert_refused_and_kept("mnist", folder / "mnist.npz")
    assert not marker.exists()

    # The trap was armed: whoever does unpickle this file runs it.
    loaded = np.load(folder / "mnist.npz", allow_pickle=True)
    if isinstance(loaded, np.lib.npyio.NpzFile):
        with loaded:
            loaded["y_test"]
    assert marker.exists()


IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
BROKEN_FASHION = {
    "text": (IMAGES, lambda: HTML),
    "empty": (IMAGES, lambda: b""),
    "truncated": (IMAGES, lambda: idx(pattern(10, 28, 28))[:-20]),
    "labels for images": (IMAGES, lambda: idx(pattern(10) % 10)),
    "images for labels": (LABELS, lambda: idx(pattern(10, 28, 28))),
    "other magic number": (IMAGES, lambda: idx(pattern(10, 28, 28), magic=b"\x00\x00\x0d\x03")),
    "header only": (LABELS, lambda: gzip.compress(b"\x00\x00\x08\x01")),
    "fewer images": (IMAGES, lambda: idx(pattern(9, 28, 28))),
    "other size": (IMAGES, lambda: idx(pattern(10, 14, 56))),
    "one byte missing": (IMAGES, lambda: gzip.compress(gzip.decompress(idx(pattern(10, 28, 28)))[:-1])),
    "more labels": (LABELS, lambda: idx(pattern(11) % 10)),
    "label 10": (LABELS, lambda: idx(pattern(10) + 1)),
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("file", "make"), BROKEN_FASHION.values(), ids=BROKEN_FASHION)
def test_broken_fashion_mnist_files_are_refused_and_kept(folder, file, make):
    for name, content in fashion_files(40, 10).items():
        (folder / "fashion-mnist" / name).write_bytes(content)
    assert data.load("fashion_mnist", "test")[0].shape == (10, 28, 28, 1)
    (folder / "fashion-mnist" / file).write_bytes(make())
    assert_refused_and_kept("fashion_mnist", folder / "fashion-mnist" / file)


def cifar_with_folder():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    return file.getvalue()


BROKEN_CIFAR = {
    "text": lambda: HTML,
    "empty": lambda: b"",
    "truncated": lambda: cifar_tar(cifar_members())[:-100],
    "no test batch": lambda: cifar_tar({"data_batch_1.bin": cifar_records(8)[0]}),
    "a folder for a batch": cifar_with_folder,
    "half a record": lambda: cifar_tar({"test_batch.bin": cifar_records(10)[0][:-1000]}),
    "fewer records": lambda: cifar_tar({"test_batch.bin": cifar_records(9)[0]}),
    "label 10": lambda: cifar_tar({"test_batch.bin": (b"\x0a" + bytes(3072)) * 10}),
    "pickles": lambda: cifar_tar({"test_batch": pickle.dumps({b"data": pattern(10, 3072)})}),
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("make", BROKEN_CIFAR.values(), ids=BROKEN_CIFAR)
def test_a_broken_cifar_archive_is_refused_and_kept(folder, make):
    path = folder / "cifar-10-binary.tar.gz"
    path.write_bytes(cifar_tar(cifar_members()))
    assert data.load("cifar10", "test")[0].shape == (10, 32, 32, 3)
    path.write_bytes(make())
    assert_refused_and_kept("cifar10", path)


@pytest.mark.usefixtures("small")
def test_nothing_is_unpacked_from_a_cifar_archive(folder, tmp_path):
    """An archive can name files outside its folder; reading it must leave no file behind."""
    members = cifar_members() | {"../../escaped.txt": b"out"}
    (folder / "cifar-10-binary.tar.gz").write_bytes(cifar_tar(members))
    before = sorted(tmp_path.rglob("*"))
    data.load("cifar10", "test")
    assert sorted(tmp_path.rglob("*")) == before


# -------------------------------------------------------------------------------------------------- downloads


class Site(http.server.BaseHTTPRequestHandler):
    """Serves the bytes in `server.pages`, path → content, and keeps a list of what was asked for."""

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body):
        self.server.asked.append(f"{self.command} {self.path}")
        content = self.server.pages.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        if with_body and content is Site.SILENCE:
            self.server.released.wait(30)
        elif with_body:
            self.wfile.write(content or b"")

    def log_message(self, *arguments):
        pass

    SILENCE = b"headers come, and then nothing more does"


@pytest.fixture
def site():
    """A web site on this machine, so that downloads are tried without the internet."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.pages, server.asked, server.released = {}, [], threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def offer(monkeypatch, site):
    """Let a data set's URLs lead to the local site, and put files there: `offer("mnist", content, …)`."""

    def offer(name, *contents, sha256=None):
        source = data._SOURCES[name]
        files = []
        for file, content in zip(source.files, contents, strict=True):
            site.pages[f"/{file.path}"] = content
            digest = sha256 or (hashlib.sha256(content).hexdigest() if file.sha256 and content else None)
            files.append(file._replace(url=f"{site.url}/{file.path}", sha256=digest))
        monkeypatch.setitem(data._SOURCES, name, source._replace(files=tuple(files)))

    return offer


def lead_to(monkeypatch, url):
    """Let MNIST's URL lead somewhere else."""
    source = data._SOURCES["mnist"]
    monkeypatch.setitem(data._SOURCES, "mnist", source._replace(files=(source.files[0]._replace(url=url),)))


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def contents_of(name):
    if name == "mnist":
        return [npz(**mnist_arrays(40, 10))]
    return list(fashion_files(40, 10).values()) if name == "fashion_mnist" else [cifar_tar(cifar_members())]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", IMAGE_SETS)
def test_a_download_lands_in_the_cache_and_is_made_once(name, offer, site, clean_environment):
    contents = contents_of(name)
    offer(name, *contents)
    assert data.where(name) == "internet"
    assert len(data.load(name, "train")[0]) == 40
    assert data.where(name) == str(clean_environment)
    paths = [file.path for file in data._SOURCES[name].files]
    assert files_below(clean_environment) == sorted(paths)
    assert [(clean_environment / path).read_bytes() for path in paths] == contents

    site.asked.clear()
    assert len(data.load(name, "test")[0]) == 10
    assert site.asked == []


@pytest.mark.usefixtures("small")
def test_a_download_with_the_wrong_checksum_leaves_nothing_behind(offer, clean_environment):
    offer("mnist", npz(**mnist_arrays(40, 10)), sha256="0" * 64)
    with pytest.raises(ConnectionError, match=r"The data set 'mnist' is not on this machine.+" + THREE_PARTS):
        data.load("mnist")
    assert not any(clean_environment.iterdir())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("place", [0, 3])
def test_a_web_page_for_data_leaves_nothing_behind(offer, clean_environment, place):
    """Fashion-MNIST has no checksum; its files are read before they enter the cache, all or none of them."""
    contents = contents_of("fashion_mnist")
    contents[place] = HTML
    offer("fashion_mnist", *contents)
    with pytest.raises(ConnectionError, match=r"not the original file.+ Either \w"):
        data.load("fashion_mnist")
    assert not any(clean_environment.iterdir())


@pytest.mark.usefixtures("small")
def test_a_download_that_breaks_off_midway_leaves_nothing_behind(offer, clean_environment):
    contents = contents_of("fashion_mnist")
    contents[2] = None  # the third file is a 404
    offer("fashion_mnist", *contents)
    with pytest.raises(ConnectionError, match="404"):
        data.load("fashion_mnist")
    assert not any(clean_environment.iterdir())


@pytest.mark.usefixtures("small")
def test_a_download_without_keras_says_what_is_missing(monkeypatch, offer):
    offer("mnist", npz(**mnist_arrays(40, 10)))
    monkeypatch.setitem(sys.modules, "keras.utils", None)
    with pytest.raises(ConnectionError, match=r"Keras, which does the download, cannot be imported"):
        data.load("mnist")


@pytest.mark.usefixtures("small")
def test_a_cache_that_cannot_be_written_is_no_dead_end(offer, clean_environment):
    clean_environment.parent.write_text("a file where Keras wants its folder")
    offer("mnist", npz(**mnist_arrays(40, 10)))
    with pytest.raises(ConnectionError, match=THREE_PARTS):
        data.load("mnist")


# ------------------------------------------------------------------------------------------------ no internet


@pytest.fixture
def refused():
    """A URL on this machine at which nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}/mnist.npz"


def assert_names_both_ways_out(error, cache):
    message = str(error)
    assert f"Expected mnist.npz in {cache}, or a download from http" in message
    assert "Received: " in message
    assert "GAN_COURSE_DATA" in message
    assert 'load("mnist_5k")' in message
    assert "load('mnist', offline=\"mnist_5k\")" in message


def test_without_internet_the_answer_comes_at_once(monkeypatch, refused, clean_environment):
    lead_to(monkeypatch, refused)
    start = time.monotonic()
    with pytest.raises(ConnectionError) as caught:
        data.load("mnist")
    assert time.monotonic() - start < 5
    assert_names_both_ways_out(caught.value, clean_environment)
    assert not clean_environment.exists()


def test_a_server_that_never_answers_is_given_up_within_20_seconds(monkeypatch, clean_environment):
    assert data._NETWORK_SECONDS + 2 < 20  # for the answer and the look-up of the name; here it shall be quicker
    monkeypatch.setattr(data, "_NETWORK_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lead_to(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/mnist.npz")
        start = time.monotonic()
        with pytest.raises(ConnectionError) as caught:
            data.load("mnist")
        assert 0.5 <= time.monotonic() - start < 10
    assert_names_both_ways_out(caught.value, clean_environment)


def test_a_name_look_up_that_hangs_is_given_up(monkeypatch, clean_environment):
    released = threading.Event()

    def hang(*arguments, **options):
        released.wait(30)
        raise socket.gaierror("no such host")

    monkeypatch.setattr(data, "_NETWORK_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    lead_to(monkeypatch, "http://nowhere.invalid/mnist.npz")
    start = time.monotonic()
    with pytest.raises(ConnectionError) as caught:
        data.load("mnist")
    assert time.monotonic() - start < 5
    released.set()
    assert_names_both_ways_out(caught.value, clean_environment)


@pytest.mark.usefixtures("small")
def test_a_download_that_stalls_is_given_up(monkeypatch, offer, clean_environment):
    monkeypatch.setattr(data, "_NETWORK_SECONDS", 0.5)
    offer("mnist", Site.SILENCE)
    start = time.monotonic()
    with pytest.raises(ConnectionError) as caught:
        data.load("mnist")
    assert time.monotonic() - start < 15
    assert_names_both_ways_out(caught.value, clean_environment)
    assert not any(clean_environment.iterdir())
    assert socket.getdefaulttimeout() is None


def test_an_answer_that_is_no_http_is_given_up(monkeypatch, clean_environment):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 this is a mail server\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        lead_to(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}/mnist.npz")
        with pytest.raises(ConnectionError) as caught:
            data.load("mnist")
        thread.join()
    assert_names_both_ways_out(caught.value, clean_environment)


def test_the_fall_back_is_used_and_says_so(monkeypatch, refused):
    lead_to(monkeypatch, refused)
    with pytest.warns(UserWarning, match="'mnist' is not at hand, so 'digits' is used instead"):
        images, labels = data.load("mnist", split="test", offline="digits")
    for got, want in zip((images, labels), data.load("digits", "test"), strict=True):
        assert np.array_equal(got, want)


def test_the_fall_back_is_not_used_where_the_data_is_at_hand(folder):
    (folder / "mnist.npz").write_bytes(npz(**mnist_arrays()))
    assert data.load("mnist", "test", offline="digits")[0].shape == (10000, 28, 28, 1)  # and nothing warns
