"""The published taggers as fitted models, of which every part knows its name."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array

from ..embedding import TAGS, MusicnnEmbedding
from ..parameters import Declared, OneOf


class TagProbabilities(Declared, ClassifierMixin, BaseEstimator):
    """Classifier whose features are the probabilities of its tags already.

    It is fitted from the start and learns nothing.

    Attributes
    ----------
    classes_ : ndarray of shape (50,) of str
        The tags, in the order of the columns.
    multilabel_ : bool
        True: a song has any number of tags.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import load_pretrained
    >>> tags = load_pretrained("musicnn-mtt")["tags"]
    >>> tags.classes_[:2].tolist(), tags.predict_proba(np.full((1, 50), 0.25))[0, 0]
    (['guitar', 'classical'], np.float64(0.25))
    """

    _parameters = {
        "model": OneOf("msd", "The network whose tags they are.", choices=tuple(TAGS))
    }

    multilabel_ = True

    @property
    def classes_(self):
        """The tags."""
        return np.array(TAGS[self.model])

    def fit(self, X, y=None):
        """Check parameters; nothing is learned.

        Parameters
        ----------
        X : ndarray of shape (n, 50)
        y : None

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If there is a y: these tags cannot become others.
        """
        self.check_params()
        if y is not None:
            raise ValueError(
                "This tagger is trained already and learns no y. For genres or tags of "
                "your own, put a classifier behind MusicnnEmbedding, as "
                "recipes.pretrained() does."
            )
        return self

    def predict_proba(self, X):
        """Return the probabilities as they come.

        Parameters
        ----------
        X : ndarray of shape (n, 50)

        Returns
        -------
        proba : ndarray of shape (n, 50)
        """
        X = check_array(X, dtype=[np.float32, np.float64], estimator=self)
        if X.shape[1] != len(self.classes_):
            raise ValueError(
                f"X must have a column for each of {len(self.classes_)} tags, got "
                f"{X.shape[1]}: leave layer and pooling of the embedding as they are."
            )
        return X

    def predict(self, X):
        """Return the tags whose probability is above 0.5.

        Parameters
        ----------
        X : ndarray of shape (n, 50)

        Returns
        -------
        y : ndarray of int of shape (n, 50)
        """
        return (self.predict_proba(X) > 0.5).astype(int)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.required = False
        tags.requires_fit = False
        return tags


def make_tagger(model):
    """Return a fitted Pipeline from audio to the tags of a network."""
    return Pipeline(
        [
            ("embedding", MusicnnEmbedding(model=model)),
            ("tags", TagProbabilities(model=model)),
        ]
    )
