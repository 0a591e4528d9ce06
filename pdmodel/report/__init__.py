"""One self-contained HTML page from a result folder."""

from pdmodel.report.page import write_page
from pdmodel.report.reading import sections_of
from pdmodel.report.section import Picture, Section, Table

__all__ = ["Picture", "Section", "Table", "sections_of", "write_page"]
