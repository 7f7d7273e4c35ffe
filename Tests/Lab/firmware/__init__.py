"""Emulated firmware: scripted PXE clients that play a whole boot and say how it ended.

Each model is a small state machine of one firmware, written after what reference/proxydhcp.md calls
ground truth; the sources it names ("EDK2 8cdd559be6") stand on the branches they govern. A model has a network card of
its own (card.py), takes a real lease, goes wherever it is told and fetches the file to the last octet.

    __main__.py  the command line, and many models at once
    card.py      a machine's network card: a macvlan in a namespace of its own
    answer.py    what a server says, as firmware reads it: first instance, order and all
    model.py     what all models have in common: messages, lease, port 4011, the outcome
    fetch.py     TFTP and HTTP clients
    edk2.py      UEFI of today
    edk2_kinds.py  of earlier times, of other makers, behind a relay, with a loader that never speaks
    rom.py       BIOS PXE ROMs
    ipxe.py      iPXE in its kinds, with just enough of its script language
    others.py    UEFI HTTP Boot, Raspberry Pi, U-Boot
    learners.py  firmware that takes one shape of offer and no other
    rival.py     a boot server of somebody else, to be preferred or thrown away
    matrix.txt   what is expected of each beside each DHCP server
    cells.py     what became of the boots beside what was expected and predicted
    selftest.py  the models' DISCOVERs beside captures of the real ones
"""
