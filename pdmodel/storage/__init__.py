"""What lies on the disk: files and folders that are whole or not at all, and whose they are.

It is ours because libraries write single files whole, but not folders: none takes up the work of a
process that was killed, refuses a folder of another question, and keeps files that are not its own.
"""

from pdmodel.storage.files.atomic import new_file, place_of, write_content, write_json, write_text
from pdmodel.storage.files.json_rows import plain, plain_rows, read_frame, read_object
from pdmodel.storage.files.netcdf import read_dataset, read_tree
from pdmodel.storage.files.shapes import (
    cell,
    check_shape,
    each,
    maybe,
    one_of,
    read_shaped,
    reading,
)
from pdmodel.storage.files.whole_folder import new_folder
from pdmodel.storage.folders.at_once import new_result
from pdmodel.storage.folders.contents import is_ours
from pdmodel.storage.folders.decision import check_place, holds, read_manifest
from pdmodel.storage.folders.kinds import KINDS, Kind
from pdmodel.storage.folders.locks import free_stale
from pdmodel.storage.folders.result_folder import Parts, ResultFolder, write_figures
from pdmodel.storage.identity.fingerprint import (
    describe,
    fingerprint,
    made_with,
    same_content,
    user_code,
)
from pdmodel.storage.identity.source_state import source_state

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
    "free_stale",
    "holds",
    "is_ours",
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
    "source_state",
    "user_code",
    "write_content",
    "write_figures",
    "write_json",
    "write_text",
]
