"""Files that commands write: where they may be, and pictures."""

from .._utils.files import replacing


def check_place(path, option, overwrite, endings=None):
    """Raise if a file has no folder, is there already or has none of some endings."""
    if endings is not None and path.suffix not in endings:
        raise ValueError(
            f"{option} must end in {', '.join(endings)}, got {str(path)!r}."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {str(path.parent)!r} for {option}."
        )
    if path.is_dir():
        raise IsADirectoryError(f"{option} {str(path)!r} is a folder; name a file.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{str(path)!r} exists; --overwrite replaces it.")


def save_picture(figure, path, **how):
    """Write a figure as the ending of its name says, as a whole."""
    with replacing(path) as file:
        figure.savefig(file, format=path.suffix[1:], dpi=150, **how)
