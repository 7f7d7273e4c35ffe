"""A real Chromium without a screen, driven through its DevTools pipe: no port is opened, and nothing but Python is needed."""

import base64
import json
import os
import select
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

CHROMIUM = "/usr/bin/chromium"


class Browser:
    """One window. What the page said on its console, threw, and asked the network for is kept."""

    def __init__(self, directory):
        self.profile = tempfile.TemporaryDirectory(dir=directory, ignore_cleanup_errors=True)
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # Chromium reads its commands from descriptor 3 and answers on 4, whatever they are called here.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{commands} 4>&{answers}; exec "$@"', "bash", CHROMIUM, "--headless=new", "--no-sandbox",
             "--remote-debugging-pipe", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
             f"--user-data-dir={self.profile.name}", "about:blank"],
            pass_fds=[commands, answers], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(os.path.join(directory, "chromium.log"), "wb"))
        os.close(commands)
        os.close(answers)
        self.rest, self.number, self.session = b"", 0, None
        self.troubles, self.requests = [], []
        self.attach()

    def attach(self):
        targets = self.ask("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self.ask(f"{domain}.enable")

    # The protocol: commands and answers as JSON, a zero octet behind each.

    def ask(self, method, **parameters):
        self.number += 1
        number, message = self.number, {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            answer = self.read(limit - time.monotonic())
            if answer and answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise RuntimeError(f"{method}: Chromium did not answer")

    def read(self, seconds):
        """The next message, of which events are taken down; nothing when none comes in time."""
        while b"\0" not in self.rest:
            if not select.select([self.answers], [], [], max(seconds, 0))[0]:
                return None
            octets = os.read(self.answers, 1 << 16)
            if not octets:
                raise RuntimeError("Chromium ended")
            self.rest += octets
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        self.hear(message.get("method"), message.get("params", {}))
        return message

    def hear(self, method, facts):
        if method == "Runtime.exceptionThrown":
            details = facts["exceptionDetails"]
            self.troubles.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and facts["type"] in ("error", "warning", "assert"):
            self.troubles.append("console: " + " ".join(str(one.get("value")) for one in facts["args"]))
        elif method == "Log.entryAdded" and facts["entry"]["level"] in ("error", "warning"):
            self.troubles.append(f"log: {facts['entry']['text']} {facts['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])

    # What a person does.

    def open(self, url):
        self.ask("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def wait(self, seconds):
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            self.read(left)

    def look(self, expression):
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def until(self, expression, seconds=10):
        """Whether it comes true in time."""
        limit = time.monotonic() + seconds
        while not self.look(expression):
            if time.monotonic() > limit:
                return False
            self.wait(0.05)
        return True

    def press(self, key):
        codes = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "Tab": 9, "End": 35, "Home": 36}
        facts = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else None)
        self.ask("Input.dispatchKeyEvent", type="keyDown", **facts, **({"text": text} if text else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **facts)
        self.wait(0.12)

    def type(self, text):
        self.ask("Input.insertText", text=text)
        self.wait(0.15)

    def click(self, selector):
        place = self.look(f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
                          " return [box.x + box.width / 2, box.y + box.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)
        self.wait(0.15)

    # How it is looked at.

    def window(self, width, height, scheme="light", is_phone=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if is_phone else 1,
                 mobile=is_phone)
        self.ask("Emulation.setTouchEmulationEnabled", enabled=is_phone)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.wait(0.5)

    def shoot(self, path):
        picture = self.ask("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))

    def seconds(self, name):
        """What the main thread has needed since the beginning: TaskDuration, ScriptDuration, LayoutDuration."""
        return next(one["value"] for one in self.ask("Performance.getMetrics")["metrics"] if one["name"] == name)

    def strangers(self, base):
        """What was asked for elsewhere."""
        own = urlsplit(base)[:2]
        asked = [urlsplit(url) for url in self.requests]
        return [url.geturl() for url in asked if url.scheme in ("http", "https", "ws", "wss") and url[:2] != own]

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close")
            self.process.wait(10)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.profile.cleanup()
