"""The parameters that all neural estimators share: training, device, seed."""

import numbers

from sklearn.base import BaseEstimator

from ..parameters import (
    AnyOf,
    Declared,
    Device,
    Flag,
    Folder,
    Having,
    Integer,
    Mapping,
    OneOf,
    Real,
    Seed,
    Verbosity,
)
from ._engine.callbacks import LR_SCHEDULES
from ._engine.rules import Callbacks, Optimizer
from ._engine.standardize import INITS

_NET_PREFIXES = tuple(
    f"{part}__"
    for part in (
        "module",
        "criterion",
        "optimizer",
        "iterator_train",
        "iterator_valid",
        "callbacks",
        "compile",
    )
)


# parameters of a skorch net that have no effect here, and what has
NOT_OF_THE_NET = {
    "train_split": "early_stopping holds clips out, or fit takes X_val or val_mask",
    "dataset": "clips are read as they are",
    "module": "the class of the estimator is that of a network",
    "predict_nonlinearity": "probabilities follow from the kind of y",
    "classes": "they are learned from y",
    "multilabel": "it follows from the kind of y",
    "dtype": "precision sets it",
    "autocast": "precision sets it",
    "criterion__reduction": "weights of clips need the loss of each window",
}


_MOST_RESTARTS = 1000  # more are taken to be a typing error


def _is_seed(random_state):
    """Return whether a random_state gives the same numbers in another process."""
    return isinstance(random_state, numbers.Integral)


def _architecture(cls):
    """Return the names of the parameters that a network's module takes."""
    return [
        name for kind in cls.__mro__ for name in vars(kind).get("_architecture", ())
    ]


class TrainingParameters(Declared, BaseEstimator):
    """Base with the parameters of training, and skorch's behind them."""

    _tables = ("_architecture", "_parameters")
    # class of the torch module, and the parameters that it takes
    _module, _architecture = None, {}
    _not_of_the_net = NOT_OF_THE_NET
    _parameters = {
        "max_epochs": Integer(30, "Passes over the training data.", low=1),
        "batch_size": Integer(
            32,
            "Slices (or clips) per training step. Prediction takes as many at a time "
            "as suit the device, unless "
            '``net_params={"iterator_valid__batch_size": n}`` says how many.',
            low=1,
        ),
        "optimizer": Optimizer("adam", "Its learning rate is ``lr``."),
        "lr": Real(1e-3, "Learning rate.", low=0),
        "lr_schedule": OneOf(
            None,
            'How the learning rate changes during one call of ``fit``: "cosine" falls '
            'from ``lr`` to zero along half a cosine; "one_cycle" rises from a 25th '
            "of ``lr`` during the first quarter of the batches, then falls likewise.",
            choices=LR_SCHEDULES,
            none=True,
        ),
        "weight_decay": Real(0.0, "L2 penalty of the optimizer.", low=0),
        "early_stopping": Flag(
            False,
            "Hold out clips (whole groups when ``groups`` are given to ``fit``, never "
            "single slices), stop when their loss no longer falls, keep the best "
            "weights. Clips to watch that are given to ``fit`` take their place.",
        ),
        "validation_fraction": Real(
            0.1,
            "Share of clips held out for early stopping.",
            low=0,
            high=1,
            closed="neither",
        ),
        "n_iter_no_change": Integer(
            10, "Epochs without improvement before stopping.", low=1
        ),
        "standardize": Flag(
            True,
            "Standardize each band by its mean and standard deviation over the "
            "training clips.",
        ),
        "init": AnyOf(
            None,
            'How initial weights are drawn. "he" and "xavier": normal, scaled by the '
            'size of the layer, with biases of zero; "normal": weights and biases from '
            "the standard normal distribution; a number: from a normal one of that "
            "standard deviation. None leaves them to torch's layers.",
            OneOf(choices=INITS),
            Real(low=0, closed="right"),
            none=True,
        ),
        "n_restarts": Integer(
            0,
            "How often a ``fit`` that learns nothing starts anew, from another seed "
            "that follows from ``random_state``. A start is given up if the training "
            "loss is not finite, or if in 10 epochs, 100 batches or a tenth of "
            "``max_epochs``, whichever is longest, it was never 1 % below that of the "
            "best answer that is the same for all clips; shorter trainings are judged "
            "at their end. "
            "``n_restarts_`` counts such starts, and ``verbose`` prints them. The last "
            "start is kept in any case; a ConvergenceWarning says if it has not "
            "learned either. ``partial_fit`` and a ``warm_start`` that goes on from "
            "weights never start anew.",
            low=0,
            high=_MOST_RESTARTS,
        ),
        "augment": Having(
            None,
            "Random changes of training batches.",
            methods=("check_params", "change", "mix"),
            type="Augmentation",
            none=True,
        ),
        "warm_start": Flag(
            False, "Whether ``fit`` continues from the weights of the last call."
        ),
        "save_optimizer": Flag(
            False,
            "Whether a pickle (also by joblib) holds the state of the optimizer: for "
            '"adam" that is twice the size of the weights. Without it, ``warm_start`` '
            "and ``partial_fit`` after loading keep the weights, start a new optimizer "
            "and say so in a warning.",
        ),
        "callbacks": Callbacks(None, "Each ``fit`` uses clones of them."),
        "checkpoint": Folder(
            None,
            "Where ``fit`` keeps the state of a training after its epochs, every few "
            "seconds. After a kill, the same ``fit`` continues from there, and ends as "
            "if nothing had happened (on a CPU to the last bit); a finished ``fit`` "
            "removes its file. It needs an integer ``random_state``.",
            none=True,
        ),
        "net_params": Mapping(
            None,
            'Further parameters of the skorch net, such as ``{"optimizer__betas": '
            "(0.9, 0.99)}``. ``set_params(optimizer__betas=...)`` writes here, so "
            'these names can be searched too. ``"criterion"`` is another loss: a class '
            "of torch modules that is called with logits and targets (encoded classes, "
            "or tags as floats of the shape of the logits), built with "
            '``reduction="none"`` and all ``"criterion__..."``, which returns one loss '
            "per window, or per window and tag.",
            keys=str,
            none=True,
        ),
        "compile": Flag(
            False, "Whether to compile the network with ``torch.compile``."
        ),
        "cuda_graph": Flag(
            False,
            "Whether a GPU records a training step (forward pass, loss, gradients) "
            "once for each shape of batch, as a CUDA graph, and replays it. It saves "
            "small networks the time that the CPU takes to launch kernels. Without "
            "effect on a CPU; not together with ``compile``.",
        ),
        "device": Device(
            "cpu",
            'Device of the skorch net: "cpu", "cuda", "cuda:1", ..., or "auto" for '
            "CUDA if it is available; workers of a parallel search take turns at the "
            "GPUs.",
        ),
        "precision": OneOf(
            "auto",
            '"auto" is the precision of X on the CPU and float32 elsewhere, where '
            "training steps of batches of at least 2 million values are computed in "
            'bfloat16 on GPUs that have it; "bfloat16" keeps weights in float32 and '
            "computes under autocast, predictions too.",
            choices=("auto", "float32", "float64", "bfloat16"),
        ),
        "deterministic": Flag(
            False,
            "Whether two trainings on a GPU with one ``random_state`` end with the "
            "same numbers, at some cost in speed. An operation that has no such form "
            "raises an error. On a CPU they always do.",
        ),
        "random_state": Seed(
            None,
            "Seeds initial weights, shuffling, dropout and augmentation. torch's "
            "global generators are left as they were. Results do not depend on the "
            "number of workers as long as torch uses the same number of threads.",
        ),
        "verbose": Verbosity(0, "1 prints a line per epoch, 2 adds a progress bar."),
    }

    # -- parameters: skorch's dunder names live in net_params -------------------
    def get_params(self, deep=True):
        """Return the parameters of the estimator, including those of the net.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include nested ones (``augment__mixup``, ``optimizer__betas``).

        Returns
        -------
        params : dict
        """
        params = super().get_params(deep=deep)
        if deep and isinstance(self.net_params, dict):
            params.update(self.net_params)
        return params

    def set_params(self, **params):
        """Set parameters, including those with skorch's names (``optimizer__betas``).

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self : NeuralEstimator

        Raises
        ------
        ValueError
            If there is no such parameter, or it is one of an augmentation that is None.
        """
        augment = params.get("augment", self.augment)
        inner = [name for name in params if name.startswith("augment__")]
        if inner and augment is None:
            raise ValueError(
                f"{type(self).__name__}: {inner[0]} needs an augmentation, but augment "
                "is None. Set augment=Augmentation() first."
            )
        nested = {k: params.pop(k) for k in list(params) if k.startswith(_NET_PREFIXES)}
        super().set_params(**params)
        if nested:
            self.net_params = {**(self.net_params or {}), **nested}
        return self

    def _check_params(self):
        """Check every parameter, and those of the augmentation."""
        self.check_params()
        self._check_net_params()
        if self.checkpoint is not None and not _is_seed(self.random_state):
            raise ValueError(
                f"{type(self).__name__}: checkpoint needs a random_state that is an "
                f"integer, got {self.random_state!r}: no two trainings are the same "
                "without one."
            )
        if self.compile and self.cuda_graph:
            raise ValueError(
                f"{type(self).__name__}: compile and cuda_graph are two ways to launch "
                "fewer kernels. Set one of them to False."
            )
        if self.augment is not None:
            self.augment.check_params()

    def _check_net_params(self):
        """Refuse names that the net would ignore, or that the estimator has itself."""
        for name in self.net_params or {}:
            own = name.removeprefix("module__")
            why = self._not_of_the_net.get(name)
            if own in self._rules:
                why = f"it is a parameter of {type(self).__name__} itself"
            elif own != name:
                why = "it follows from X and y, or there is no such parameter"
            if why is not None:
                raise ValueError(
                    f"{type(self).__name__}: net_params must not have {name!r}: {why}."
                )

    def _network(self):
        """Return the class of the torch module, and its parameters as plain data."""
        if self._module is None:
            raise NotImplementedError(f"{type(self).__name__} must provide a network.")
        rules = {name: self._rules[name] for name in _architecture(type(self))}
        return self._module, {
            name: rule.plain(getattr(self, name), self) for name, rule in rules.items()
        }
