"""cloud-init's own module phone_home, as a machine runs it whose user-data this is: phone_home.py USER-DATA

Needs cloud-init's packages in PYTHONPATH. It repeats itself and logs as cloud-init does; whether anybody heard it is for others to say.
"""

import logging
import sys
from types import SimpleNamespace

import yaml
from cloudinit.config import cc_phone_home


class Machine:
    """What the module asks of the machine that it runs on."""

    paths = None

    def get_instance_id(self):
        return "i-phone-home"

    def get_hostname(self, fqdn=False, **_):
        return SimpleNamespace(hostname="phone-home.example" if fqdn else "phone-home")


def main():
    # cloud-init has handlers of its own, which say nothing.
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = yaml.safe_load(file)
    cc_phone_home.handle("phone_home", settings, Machine(), logging.getLogger("phone_home"), [])


if __name__ == "__main__":
    main()
