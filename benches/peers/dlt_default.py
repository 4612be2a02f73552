"""dlt's REST API source with the settings it comes with."""

from common import main
from dlt_rest_api import load

if __name__ == "__main__":
    main(load)
