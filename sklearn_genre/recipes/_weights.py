"""How many weights the networks of the published systems have."""

# bands, frames and outputs of each network: those of its paper, or of 30 s of GTZAN;
# 93 features where the paper's table is not stated
_SIZES = {
    "jones_dnn": (93, 1, 10),
    "jones_cnn": (128, 128, 10),
    "panwar_crnn": (96, 1440, 50),
    "choi_fcn": (96, 1366, 50),
    "dieleman_cnn": (128, 187, 50),
    "dieleman_multiscale": (2400, 1, 50),
    "hamel_pooled": (80, 1, 50),
    "lachmish_cnn": (128, 599, 10),
    "pun_dense": (93, 1, 10),
    "pun_hybrid": (128, 1292, 10),
    "softmax_autoencoder": (1, 500, 4),
    "short_chunk_cnn": (128, 231, 50),
    "musicnn": (96, 187, 50),
    "sample_cnn": (1, 59049, 50),
}


def count_weights(system):
    """Return the number of weights of a system's network; None if it is no network.

    Parameters
    ----------
    system : System

    Returns
    -------
    n_weights : int or None
    """
    if system.recipe not in _SIZES:
        return None
    import torch

    n_bands, n_frames, n_outputs = _SIZES[system.recipe]
    if system.params.get("features") == "mfcc":
        n_bands = 13
    more = {"n_columns": 93} if system.recipe == "pun_hybrid" else {}
    module, params = system.build()[-1]._network()
    with torch.device("meta"):  # sizes without numbers
        network = module(n_bands, n_frames, n_outputs, **more, **params)
    return sum(weight.numel() for weight in network.parameters())
