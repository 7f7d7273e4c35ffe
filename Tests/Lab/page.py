"""The web page in a real Chromium: what is on it, whether it lives, what it costs, keys, a stranger's text, the token.

    python3 page.py --directory DIRECTORY                           against the stand-in of page_server.py, which it starts itself
    python3 page.py --directory DIRECTORY URL [--token TOKEN] [--machines N]     against a console

Prints a line for each check, "ok   what" or "FAIL what: details", and figures behind blanks. Pictures lie in the directory.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from page_browser import Browser

MOST_OCTETS = 100_000
TOKEN = "the-token-of-the-console"
SERVER = Path(__file__).with_name("page_server.py")
# Runs before the page: what keeps the main thread for long is counted.
LONG_TASKS = "window.long = []; new PerformanceObserver(list => long.push(...list.getEntries().map(one => one.duration)))" \
    ".observe({ type: 'longtask', buffered: true });"
# The least contrast of a text with what is behind it, and which text that is.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const octets = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  let least = [99, ""];
  for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility() || element.closest(".unseen, script, dialog")) continue;
    let ground = element;
    while (ground && octets(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
    const style = getComputedStyle(element);
    const own = light(octets(element instanceof SVGElement ? style.fill : style.color));
    const behind = light(octets(ground ? getComputedStyle(ground).backgroundColor : "white"));
    const contrast = (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05);
    if (contrast < least[0]) least = [contrast, walk.currentNode.data];
  }
  return least;
})()"""
# Things to press that a screen reader would not know a name for.
NAMELESS = """[...document.querySelectorAll("button, a[href], input, select")].filter(one => one.checkVisibility()
  && !(one.ariaLabel || one.textContent.trim() || one.labels?.length || one.title)).map(one => one.outerHTML)"""
ROWS = "document.querySelectorAll('#rows tr').length"
ALL = "Number(document.querySelector('[data-filter=all] b').textContent.replace(/\\D/g, ''))"
OPEN = "!document.getElementById('panel').hidden"


def check(what, is_good, details=""):
    print(f"ok   {what}" if is_good else f"FAIL {what}: {str(details or 'it is not so')[:300]}", flush=True)


def figure(text):
    print(f"     {text}", flush=True)


class StandIn:
    """The server of the stand-in, which can be ended and begun again on its port."""

    def __init__(self, *options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.options = options
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(SERVER), "--port", str(self.port), "--token", TOKEN, *self.options],
            stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def end(self):
        self.process.kill()
        self.process.wait()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"


class PageTest:
    def __init__(self, browser, base, directory, machines, token):
        self.browser, self.base, self.directory, self.machines, self.token = browser, base, directory, machines, token
        self.look, self.until, self.press = browser.look, browser.until, browser.press

    def shoot(self, name):
        self.browser.shoot(os.path.join(self.directory, f"page-{name}.png"))

    def text_of(self, name):
        return self.look(f"document.getElementById('{name}').innerText")

    def says(self, name, words, seconds):
        return self.until(f"document.getElementById('{name}').innerText.includes('{words}')", seconds)

    def quiet(self, where):
        """Nothing may have been said on the console since the last time."""
        troubles, self.browser.troubles = self.browser.troubles, []
        check(f"no error and no exception {where}", not troubles, "; ".join(troubles[:3]))

    def only_refusals(self, where):
        """A browser tells of each request that is refused; nothing else may stand there."""
        troubles, self.browser.troubles = self.browser.troubles, []
        odd = [one for one in troubles if not (one.startswith("log: Failed to load resource") and "/api/v1/" in one)]
        check(f"nothing but refused requests on the console {where}", not odd, "; ".join(odd[:3]))

    # What it is.

    def source(self):
        with urllib.request.urlopen(self.base) as answer:
            text = answer.read()
        page = text.decode()
        check(f"the page is below {MOST_OCTETS // 1000} KB", len(text) < MOST_OCTETS, len(text))
        figure(f"page: {len(text)} octets")
        scripts, styles = len(re.findall("<script", page)), len(re.findall("<style", page))
        check("it has one script and one style", (scripts, styles) == (1, 1), f"{scripts}, {styles}")
        check("and nothing that makes markup of texts",
              not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(", page))

    def arrive(self):
        began = time.monotonic()
        self.browser.open(self.base)
        is_live = self.until("document.getElementById('pulse').dataset.state === 'live'", 15)
        check("it is live", is_live, self.text_of("lost"))
        check(f"it knows {self.machines} machines and more", self.until(f"{ALL} >= {self.machines}", 90), self.look(ALL))
        figure(f"page: {self.look(ALL)} machines after {time.monotonic() - began:.1f} s")
        check("the mode is said", self.look("document.getElementById('mode').textContent") in ("armed", "observing", "frozen"))
        check("only the rows that can be seen are in the document", 0 < self.look(ROWS) < 60, self.look(ROWS))

    def lives(self):
        before = self.look("document.getElementById('rows').innerText")
        check("rows change within seconds", self.until(f"document.getElementById('rows').innerText !== {json.dumps(before)}", 6))
        for _ in range(3):
            busy, script = self.browser.seconds("TaskDuration"), self.browser.seconds("ScriptDuration")
            self.look("long.length = 0")
            self.browser.wait(10)
            busy, script = self.browser.seconds("TaskDuration") - busy, self.browser.seconds("ScriptDuration") - script
            tasks = self.look("long")
            # Another's load on this host is in these figures, and no fault of the page.
            if busy < 3 and max(tasks, default=0) < 330:
                break
        figure(f"main thread with {self.look(ALL)} machines: {busy * 10:.1f} % busy, script {script * 10:.1f} %, "
               f"{len(tasks)} tasks above 50 ms, the longest {max(tasks, default=0):.0f} ms")
        check("the main thread is idle most of the time", busy < 3, f"{busy:.1f} of 10 s")
        check("no task keeps it for a third of a second", max(tasks, default=0) < 330, tasks)

    def scrolls(self):
        self.look("go({ sort: 'name' })")
        self.browser.wait(0.3)
        self.press("End")
        last = self.look("listed.at(-1).name")
        check("the last machine is reached", self.until(f"document.activeElement.textContent === {json.dumps(last)}", 3),
              self.look("document.activeElement.textContent"))
        check("and stands in the window", self.look(
            "(box => box.top > 0 && box.bottom <= innerHeight)(document.activeElement.getBoundingClientRect())"))
        self.look("go({ sort: 'trouble' })")
        self.press("Home")

    # Keys.

    def keys(self):
        # The cursor goes with its machine; so the order has to be one that stays while machines boot.
        self.look("go({ sort: 'name' })")
        self.browser.wait(0.3)
        self.press("Home")
        self.press("j")
        self.press("ArrowDown")
        self.press("k")
        check("j, k and the arrows move", self.look("listed.findIndex(one => one.key === view.cursor)") == 1)
        check("the machine has the focus, and it can be seen", self.look(
            "(one => one.closest('tr')?.key === view.cursor && one.matches(':focus-visible'))(document.activeElement)"))
        self.press("Enter")
        check("Enter opens it", self.until(OPEN, 3))
        check("the focus is on its name", self.until("document.activeElement.id === 'panel-title'", 3))
        check("the address names it", "machine=" in self.look("location.hash"), self.look("location.hash"))
        key = self.look("view.open")
        self.press("j")
        check("j goes on to the next one", self.look("view.open") != key)
        self.press("Escape")
        check("Esc closes it", self.until(f"!({OPEN})", 3))
        check("and the focus is back in the list", self.until("document.activeElement.closest('#rows') !== null", 3))
        self.search()
        self.press("2")
        check("2 shows those with trouble", self.look("view.filter === 'trouble' && listed.every(one => one.isTrouble)"))
        self.press("1")
        self.press("?")
        check("? helps", self.look("document.getElementById('help').open"))
        self.press("Escape")
        check("and Esc ends that", not self.look("document.getElementById('help').open"))
        self.look("go({ sort: 'trouble' })")

    def search(self):
        card = self.look("listed[0].mac || listed[0].name")
        self.press("/")
        check("/ leads to the search", self.look("document.activeElement.id === 'search'"))
        self.browser.type(card)
        check("a card finds its machine", self.until("listed.length === 1", 2), self.look("listed.length"))
        self.browser.type(" nobody")
        check("nothing found says so", self.says("empty", "No machine fits", 2))
        self.press("Escape")
        self.press("Escape")
        check("Esc takes the search back", self.look("view.search === '' && document.activeElement.id !== 'search'"))

    def order(self):
        self.browser.click("th.machine button")
        check("a head orders by its column", self.look("document.querySelector('th.machine').ariaSort") == "ascending")
        self.browser.click("th.machine button")
        check("and again the other way", self.look("document.querySelector('th.machine').ariaSort") == "descending")
        self.look("go({ sort: 'trouble', isDown: false })")

    # One machine.

    def machine(self):
        key = self.look("(listed.find(one => one.verdict && one.stages.length > 2) || listed[0]).key")
        self.browser.open("about:blank")
        self.browser.open(f"{self.base}#show=trouble&machine={key}")
        check("a link opens its machine", self.until(f"{OPEN} && found(view.open)", 15))
        check("with the filter", self.until("view.filter === 'trouble'", 2))
        check("a bar stands for each stage", self.until(
            "document.querySelectorAll('#line .stage').length === found(view.open).stages.length", 5))
        check("who cannot see them hears them", self.look("document.querySelector('#line svg')?.ariaLabel"))
        check("its events are there", self.until("document.querySelectorAll('#events li').length > 0", 8))
        if self.look("Boolean(found(view.open).verdict)"):
            check("cause and fix are said", self.look("document.getElementById('verdict').innerText").count("\n") >= 2)

    def access(self, theme):
        contrast, text = self.look(CONTRAST)
        check(f"each text of the {theme} page has a contrast of 4.5 and more", contrast >= 4.5, f"{contrast:.2f}: {text}")
        figure(f"least contrast, {theme}: {contrast:.2f}")
        nameless = self.look(NAMELESS)
        check(f"each thing to press has a name ({theme})", not nameless, nameless)

    def landmarks(self):
        check("landmarks are there", self.look("['header', 'main', 'aside', 'h1'].every(name => document.querySelector(name))"))
        check("the table says what it is", self.look(
            "document.querySelector('[role=table]').ariaRowCount > 1"
            " && document.querySelectorAll('#rows [role=cell]').length > 4"))

    def stranger(self):
        """A machine may call itself what it likes."""
        self.look("go({ search: 'onerror', filter: 'all' })")
        check("a name that is markup is shown as text", self.until(
            "document.querySelector('#rows a')?.textContent.startsWith('<img src=x')", 5))
        self.look("openMachine(listed[0].key)")
        check("in the panel too", self.until("document.getElementById('panel-title').textContent.startsWith('<img src=x')", 3))
        self.browser.wait(1)
        check("and nothing of it runs", self.look("document.images.length === 0 && window.pwned === undefined"))
        self.look("closePanel(); go({ search: '' })")

    # The token.

    def read_only(self):
        self.look("view.open || openMachine(listed[0].key)")
        self.browser.wait(1)
        buttons = self.look("[...document.querySelectorAll("
                            "'#mode-buttons, .rollout .actions, #machine-actions, #newcomers button')]"
                            ".filter(one => one.checkVisibility()).length")
        check("without a token there is nothing that changes anything", buttons == 0, buttons)
        self.look("closePanel()")

    def give_token(self):
        self.browser.click("#lock")
        self.browser.type("not the token")
        self.press("Enter")
        check("a wrong token is told", self.says("token-wrong", "not the token", 5))
        self.shoot("token")
        self.look("document.getElementById('token-text').value = ''")
        self.browser.type(self.token)
        self.press("Enter")
        check("the right one is taken", self.until("!document.getElementById('token').open && Boolean(token)", 5))
        check("buttons are there", self.until("document.getElementById('mode-buttons').checkVisibility()", 3))
        check("and nothing is wider than the window", self.look("document.documentElement.scrollWidth <= innerWidth"))
        self.browser.window(390, 844, "dark", is_phone=True)
        check("nor on a phone", self.look("document.documentElement.scrollWidth <= 390"))
        self.shoot("phone-token")
        self.browser.window(1440, 900)
        self.only_refusals("while a token was tried")

    def switch(self):
        mode = self.look("status.mode")
        other = "frozen" if mode != "frozen" else "armed"
        self.browser.click(f"#mode-buttons [value={other}]")
        check("a change says what it does first", len(self.look("document.getElementById('ask-words').innerText")) > 40)
        self.shoot("confirm")
        self.press("Escape")
        check("Esc leaves all as it is", self.look("status.mode") == mode)
        for wanted in (other, mode):
            self.browser.click(f"#mode-buttons [value={wanted}]")
            self.browser.click("#ask-yes")
            check(f"the mode becomes {wanted}", self.until(f"status.mode === '{wanted}'", 6), self.text_of("toast"))
        self.browser.click("#lock")
        self.browser.click("#token-forget")
        check("a forgotten token is gone", self.look("token === null && sessionStorage.length === 0"))

    def command(self):
        """Of the stand-in alone: a rollout and a host."""
        self.browser.click(".rollout [value=pause]")
        check("a rollout is paused", self.until("status.rollouts[0].state === 'paused'", 5))
        self.look("openMachine([...machines.values()].find(one => one.host && one.host !== 'x').key)")
        check("a host can be protected", self.until("document.querySelector('#machine-actions button')?.checkVisibility()", 5))
        self.look("[...document.querySelectorAll('#machine-actions button')].find(one => one.textContent === 'Protect').click()")
        self.browser.wait(0.2)
        self.browser.click("#ask-yes")
        check("and is", self.says("facts", "never installed", 8))
        self.look("closePanel()")

    # Pictures.

    def pictures(self):
        self.look("view.cursor = null; scrollTo(0, 0)")
        for theme in ("light", "dark"):
            self.browser.window(1440, 900, theme)
            self.shoot(theme)
            self.access(theme)
        self.look("openMachine((listed.find(one => one.verdict && one.stages.length > 4) || listed[0]).key)")
        self.browser.wait(1.5)
        self.shoot("machine-dark")
        self.access("dark panel")
        self.browser.window(1440, 900, "light")
        self.shoot("machine")
        self.browser.window(390, 844, "light", is_phone=True)
        self.shoot("phone-machine")
        self.look("closePanel()")
        self.browser.wait(0.3)
        self.shoot("phone")
        check("on a phone nothing is wider than the window", self.look("document.documentElement.scrollWidth") <= 390)
        self.browser.window(390, 844, "dark", is_phone=True)
        for view in ("rollouts", "network"):
            self.look(f"setView('{view}')")
            self.browser.wait(0.5)
            self.shoot(f"phone-{view}")
        self.look("setView('machines')")
        self.browser.window(1440, 900)

    # Faults, of the stand-in.

    def silence(self, server):
        """The line stands, and the service says nothing."""
        server.process.send_signal(signal.SIGSTOP)
        check("a service that says nothing is told of", self.says("lost", "says nothing", 12))
        server.process.send_signal(signal.SIGCONT)
        check("until it speaks again", self.until("document.getElementById('lost').hidden", 12))

    def connection(self, server):
        server.end()
        check("a lost connection is said, and since when the picture is old",
              self.says("lost", "This picture is from", 8))
        self.browser.wait(3)
        self.shoot("lost")
        server.begin()
        check("and it comes back by itself", self.until("link.state === 'live' && document.getElementById('lost').hidden", 20))
        check("with a whole picture", self.until("machines.size > 0", 5))
        self.only_refusals("while the service was gone")


def first_run(browser, directory):
    server = StandIn("--empty")
    try:
        test = PageTest(browser, server.url, directory, 0, TOKEN)
        browser.open(server.url)
        check("where nothing was seen yet, the page says what to do",
              test.says("empty", "pilotfish arm", 10), test.text_of("page"))
        test.shoot("first")
        test.quiet("on an empty page")
    finally:
        server.end()


def bare(browser, directory):
    """Where everything that may be null is."""
    server = StandIn("--bare", "--clients", "40")
    try:
        test = PageTest(browser, server.url, directory, 20, TOKEN)
        test.arrive()
        test.look("openMachine(listed[0].key)")
        browser.wait(2)
        test.look("openMachine(listed.find(one => !one.stages.length).key)")
        browser.wait(2)
        shown = test.look("document.body.innerText")
        odd = [word for word in ("undefined", "null", "NaN", "[object") if word in shown]
        check("what is not known is not shown", not odd, odd)
        test.quiet("where nothing is known")
    finally:
        server.end()


def private(browser, directory):
    server = StandIn("--private", "--clients", "40")
    try:
        test = PageTest(browser, server.url, directory, 20, TOKEN)
        browser.open(server.url)
        check("a private console asks for its token", test.until("document.getElementById('token').open", 10))
        check("and shows nothing", test.look("machines.size") == 0)
        browser.type(TOKEN)
        test.press("Enter")
        check("with it there is all", test.until("link.state === 'live' && machines.size > 0", 10))
        test.look("keepToken(null)")
        test.only_refusals("of a private console")
    finally:
        server.end()


def crowd(browser, directory):
    server = StandIn("--clients", "2000")
    try:
        test = PageTest(browser, server.url, directory, 2000, TOKEN)
        test.arrive()
        test.lives()
        test.scrolls()
        test.quiet("with 2,000 machines")
    finally:
        server.end()


def views(test):
    test.source()
    test.arrive()
    test.lives()
    test.landmarks()
    test.scrolls()
    test.keys()
    test.order()
    test.pictures()
    test.machine()
    test.read_only()
    test.quiet("in all of this")


def against_stand_in(browser, directory):
    server = StandIn("--clients", "500")
    try:
        test = PageTest(browser, server.url, directory, 500, TOKEN)
        views(test)
        test.stranger()
        test.quiet("with a hostile name")
        test.give_token()
        test.command()
        test.switch()
        test.quiet("while things were changed")
        check("new trouble is read aloud", test.until("document.getElementById('live').textContent.length > 20", 20))
        test.silence(server)
        test.connection(server)
        strangers = browser.strangers(server.url)
        check("no request leaves the origin", not strangers, strangers)
    finally:
        server.end()
    browser.requests.clear()
    first_run(browser, directory)
    bare(browser, directory)
    private(browser, directory)
    crowd(browser, directory)


def against_console(browser, options):
    test = PageTest(browser, options.url, options.directory, options.machines, options.token)
    views(test)
    if options.token:
        test.give_token()
        test.switch()
        test.quiet("while things were changed")
    strangers = browser.strangers(options.url)
    check("no request leaves the origin", not strangers, strangers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("url", nargs="?", help="of a console; without it the stand-in is started, and its faults are tried")
    parser.add_argument("--directory", required=True, help="for pictures and Chromium's own files")
    parser.add_argument("--token")
    parser.add_argument("--machines", type=int, default=1, help="that the console is known to show at least")
    options = parser.parse_args()
    browser = Browser(options.directory)
    try:
        browser.ask("Page.addScriptToEvaluateOnNewDocument", source=LONG_TASKS)
        browser.window(1440, 900)
        if options.url:
            against_console(browser, options)
        else:
            against_stand_in(browser, options.directory)
    finally:
        browser.close()


if __name__ == "__main__":
    main()
