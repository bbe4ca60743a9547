"""What of a trained net is saved, and how it is built again."""

import dataclasses
import warnings

from .. import __version__
from ._engine.build import build_net, make_callbacks, seeded
from ._engine.saved import CheckedWhenLoaded
from ._engine.state import net_state


class SavedNet(CheckedWhenLoaded):
    """Mixin of estimators whose pickle holds arrays and plain data for the net."""

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __getstate__(self):
        state = dict(super().__getstate__(), _version=__version__)
        state.pop("_generator", None)
        net = state.pop("net_", None)
        if net is not None:
            state["_net_state"] = net_state(net, optimizer=self.save_optimizer)
        return state

    def __setstate__(self, state):
        state = dict(state)
        version, net = state.pop("_version", None), state.pop("_net_state", None)
        super().__setstate__(state)
        if net is not None and version != __version__:
            warnings.warn(
                f"{type(self).__name__} was saved by sklearn_genre {version} and is "
                f"loaded by {__version__}: check its predictions before you rely on "
                "them."
            )
        if net is not None:
            self._load_net(net)

    def _warn_of_new_optimizer(self):
        """Say that training goes on without the state of the optimizer."""
        # {}: none was saved. Weights that come without a training have no history
        if self.net_.saved_optimizer == {} and len(self.net_.history):
            warnings.warn(
                f"{type(self).__name__} was saved without the state of its optimizer: "
                "training goes on from its weights with a new one. Models fitted with "
                "save_optimizer=True keep it."
            )

    def _load_net(self, state):
        """Rebuild the net from its state."""
        with seeded(0, "cpu"):
            self.net_ = build_net(
                self._spec,
                net_class=self._net_class,
                callbacks=make_callbacks(self),
                state=state,
            )

    def _move_net(self, device):
        """Rebuild the net on another device."""
        if hasattr(self, "net_"):
            self._spec = dataclasses.replace(self._spec, device=device)
            self._load_net(net_state(self.net_))
