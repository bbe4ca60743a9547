"""Embeddings by the networks of transformers."""

import functools
import os
import re

from .._utils.device import resolve_device
from ..audio import HIGHEST_RATE
from ..parameters import REQUIRED, AnyOf, Device, Flag, Integer, OneOf, Real, Rule
from ._hub_models import depends_on, extractor, find, hidden, longest
from ._windows import WindowEmbedding

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


class _Model(Rule):
    """A folder, or the name of a published model."""

    type, annotation = "str or path-like", "str | os.PathLike[str]"
    words = "a folder, or a name such as 'organization/model'"

    def accepts(self, value, owner):
        text = value if isinstance(value, str | os.PathLike) else None
        return os.path.isdir(text) or bool(_NAME.fullmatch(text))


class _Revision(Rule):
    """A branch, tag or commit."""

    type = annotation = "str"
    words = "a branch, tag or commit"

    def accepts(self, value, owner):
        return bool(re.fullmatch(r"[\w./-]+", value))


class HuggingFaceEmbedding(WindowEmbedding):
    """Features of a clip from a network of transformers, by name or from a folder.

    MERT, wav2vec2, HuBERT, WavLM, AST, CLAP and other networks that take audio. It
    needs ``pip install "sklearn-genre[hub]"``. Clips are cut into windows; the frames
    of one layer become one row per window, and the windows one row per clip. Nothing is
    learned in ``fit``, which finds the model and reads its settings; its weights are
    loaded by the first ``transform``, once per process, and never saved with the
    estimator.

    See Also
    --------
    EmbeddingTransformer : Any network, as a function.
    MusicnnEmbedding : A network that comes with the package.

    Notes
    -----
    Windows are resampled to the rate of the model, and prepared by its own feature
    extractor. AST and CLAP hear 10 s at a time: their extractors fill shorter windows,
    and longer ones, which they would cut, are refused. Weights are used in single
    precision; files that lack some of them are refused.

    A name is looked up on the hub once per process, if there is a network, and then in
    the cache of downloads (``HF_HOME``; ``HF_HUB_OFFLINE=1`` for that alone): name a
    commit as ``revision`` to have the same model always. With ``cache``, features
    belong to that commit, or to the content of all files of the folder, and to the
    version of transformers.

    Most published models have licenses of their own: MERT, for example, must not be
    used commercially.

    ``transform`` returns an array of shape (n, n_features), float32; with
    ``pooling=None`` of shape (n, n_features, n_windows), or a 1-D object array of
    arrays for clips of unequal length.

    Examples
    --------
    >>> from sklearn_genre import HuggingFaceEmbedding
    >>> embedding = HuggingFaceEmbedding("facebook/wav2vec2-base", layer=6)
    >>> embedding.fit_transform(["song.mp3"]).shape  # doctest: +SKIP
    (1, 768)
    """

    _parameters = {
        "model": _Model(
            REQUIRED,
            'Name of a published model, "organization/model", or a folder that holds '
            "one: config.json, preprocessor_config.json and its weights.",
        ),
        "layer": AnyOf(
            "last",
            "Which hidden states become features: those behind a layer, by number (0: "
            'what enters the first one), "last", or "mean", the mean over all of them. '
            '"pooled" is what the model itself makes of a window: the mean of the two '
            "class tokens of AST, and CLAP's embedding, which it shares with text.",
            Integer(low=0, high=1000),
            OneOf(choices=("last", "mean", "pooled")),
        ),
        "revision": _Revision(
            None,
            "Branch, tag or commit of a published model. None: its main branch.",
            none=True,
        ),
        "trust_remote_code": Flag(
            False,
            "Whether code that comes with the model, as with MERT, may run on this "
            "computer. Read it before, and name the commit as ``revision``.",
        ),
        "device": Device(
            "cpu", 'Where the network computes: "cpu", "cuda", "cuda:1", ... or "auto".'
        ),
        "sample_rate": Integer(
            None,
            "Rate in Hz that arrays without a rate are taken to have. None: that of "
            "the model, to which every clip is resampled.",
            low=1,
            high=HIGHEST_RATE,
            none=True,
        ),
        "window": Real(
            10.0,
            "Length of a window in seconds. Clips that are shorter are repeated.",
            low=0.1,
            high=3600,
        ),
    }

    def _source(self):
        return find(self.model, self.revision, self.trust_remote_code)

    def _rate(self):
        return extractor(self._source()).sampling_rate

    def _array_rate(self):
        return self._rate() if self.sample_rate is None else self.sample_rate

    def _check_params(self):
        super()._check_params()
        resolve_device(self.device)
        most = longest(extractor(self._source()))
        if most is not None and self.window > most:
            raise ValueError(
                f"{type(self).__name__}: window must be at most {most:g} s for this "
                f"model, which would cut longer ones, got {self.window!r}."
            )

    def _network(self):
        return functools.partial(
            hidden,
            source=self._source(),
            device=resolve_device(self.device),
            layer=self.layer,
        )

    def _prefix(self):
        layer = self.layer
        return f"{layer}_" if isinstance(layer, str) else f"layer{layer}_"

    def _depends_on(self):
        return depends_on(self._source())
