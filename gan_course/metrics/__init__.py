"""Measures of generated samples, in NumPy, SciPy and scikit-learn: distances, coverage, likelihood, copies, attacks.

Most measures take features: an array of finite numbers of shape `(samples, features)`, one row per sample. Points in
the plane are their own features. For images, compute the features of a network, for example with `feature_classifier`;
where a measure is about the pixels themselves, flatten the images. Sets of 10,000 samples are compared block by block,
without ever holding all distances at once.
"""

from gan_course.metrics.classifier import FeatureClassifier, feature_classifier
from gan_course.metrics.distances import frechet_distance, kernel_distance
from gan_course.metrics.features import BLOCK_MIB
from gan_course.metrics.likelihood import PARZEN_SIGMAS, ParzenLogLikelihood, parzen_log_likelihood
from gan_course.metrics.membership import MembershipAttack, membership_attack
from gan_course.metrics.modes import InceptionScore, ModeCoverage, inception_score, mode_coverage, reverse_kl
from gan_course.metrics.neighbors import (
    DensityCoverage,
    Neighbors,
    PrecisionRecall,
    TwoSampleTest,
    density_coverage,
    nearest_neighbors,
    precision_recall,
    two_sample_test,
)

__all__ = [
    "BLOCK_MIB",
    "PARZEN_SIGMAS",
    "DensityCoverage",
    "FeatureClassifier",
    "InceptionScore",
    "MembershipAttack",
    "ModeCoverage",
    "Neighbors",
    "ParzenLogLikelihood",
    "PrecisionRecall",
    "TwoSampleTest",
    "density_coverage",
    "feature_classifier",
    "frechet_distance",
    "inception_score",
    "kernel_distance",
    "membership_attack",
    "mode_coverage",
    "nearest_neighbors",
    "parzen_log_likelihood",
    "precision_recall",
    "reverse_kl",
    "two_sample_test",
]
