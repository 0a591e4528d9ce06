"""What lies on the disk: files and folders that are whole or not at all, and whose they are."""

from pdmodel.storage.at_once import new_result
from pdmodel.storage.atomic import new_file, place_of, write_content, write_json, write_text
from pdmodel.storage.deciding import check_place, holds, read_manifest
from pdmodel.storage.folder import Parts, ResultFolder, write_figures
from pdmodel.storage.kinds import KINDS, Kind
from pdmodel.storage.provenance import describe, fingerprint, made_with, user_code
from pdmodel.storage.rows import plain, plain_rows, read_object
from pdmodel.storage.swapped import new_folder

__all__ = [
    "KINDS",
    "Kind",
    "Parts",
    "ResultFolder",
    "check_place",
    "describe",
    "fingerprint",
    "holds",
    "made_with",
    "new_file",
    "new_folder",
    "new_result",
    "place_of",
    "plain",
    "plain_rows",
    "read_manifest",
    "read_object",
    "user_code",
    "write_content",
    "write_figures",
    "write_json",
    "write_text",
]
