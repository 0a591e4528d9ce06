"""What lies on the disk: files and folders that are whole or not at all, and whose they are."""

from pdmodel.storage.arrays import read_dataset, read_tree
from pdmodel.storage.at_once import new_result
from pdmodel.storage.atomic import new_file, place_of, write_content, write_json, write_text
from pdmodel.storage.deciding import check_place, holds, read_manifest
from pdmodel.storage.folder import Parts, ResultFolder, write_figures
from pdmodel.storage.kinds import KINDS, Kind
from pdmodel.storage.provenance import describe, fingerprint, made_with, same_content, user_code
from pdmodel.storage.rows import plain, plain_rows, read_frame, read_object
from pdmodel.storage.shapes import (
    cell,
    check_shape,
    each,
    maybe,
    one_of,
    read_shaped,
    reading,
)
from pdmodel.storage.swapped import new_folder

__all__ = [
    "KINDS",
    "Kind",
    "Parts",
    "ResultFolder",
    "cell",
    "check_place",
    "check_shape",
    "describe",
    "each",
    "fingerprint",
    "holds",
    "made_with",
    "maybe",
    "new_file",
    "new_folder",
    "new_result",
    "one_of",
    "place_of",
    "plain",
    "plain_rows",
    "read_dataset",
    "read_frame",
    "read_manifest",
    "read_object",
    "read_shaped",
    "read_tree",
    "reading",
    "same_content",
    "user_code",
    "write_content",
    "write_figures",
    "write_json",
    "write_text",
]
