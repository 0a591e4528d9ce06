"""The models and typical patients of the first application, whatever else is installed."""

from equations import hypotheses, patients
from pdmodel.model import Model, Patient

MODELS = {model.name: model for model in vars(hypotheses).values() if isinstance(model, Model)}
PATIENTS = {one.name: one for one in vars(patients).values() if isinstance(one, Patient)}
