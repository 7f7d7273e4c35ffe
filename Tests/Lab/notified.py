"""Hears what a service tells its manager (sd_notify(3)): notified.py PATH. A line for each message: seconds, and its words."""
import os
import socket
import sys
import time

own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
own.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
print("bound", flush=True)
while True:
    text = own.recv(4096).decode().replace("\n", " ")
    print(f"{time.monotonic():.3f} {text}", flush=True)
