# shellcheck shell=bash
# The web page in a real Chromium: 500 machines of a stand-in for the console, 2,000, none, and some of which nothing is known.
# It runs in a network namespace from which nothing leads anywhere else.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Longer than all of its waiting together.
readonly PAGE_SECONDS=500

# Usage: page_check; returns 1 when a check failed. The pictures of the page are left in the directory PILOTFISH_PAGE_PICTURES,
# where that is said.
page_check() {
    packages_ensure "${PACKAGES_PAGE[@]}"
    with_lab 'the web page, in Chromium' page_lab
}

page_lab() {
    LAB_PAGE=$LAB_WORK/page
    mkdir "$LAB_PAGE" || return 1
    check_lines 'the page' page_test
    # How large, how busy, how soon.
    grep '^     ' "$LAB_WORK/page.log" || true
    check_that 'it was looked at in light, dark and on a phone' "$(ls "$LAB_PAGE")" page_has_pictures
    [[ -z ${PILOTFISH_PAGE_PICTURES:-} ]] || page_keep_pictures
}

page_test() {
    in_client timeout "$PAGE_SECONDS" python3 -B "$TESTS_LAB/page.py" --directory "$LAB_PAGE" 2>&1 | tee "$LAB_WORK/page.log"
}

page_has_pictures() {
    local name
    for name in light dark phone; do [[ -s $LAB_PAGE/page-$name.png ]] || return 1; done
}

page_keep_pictures() {
    mkdir -p "$PILOTFISH_PAGE_PICTURES" && cp "$LAB_PAGE"/page-*.png "$PILOTFISH_PAGE_PICTURES"
}
