// libcurl (libcurl-easy(3), libcurl-multi(3)): HTTP, TLS, DNS, proxies and redirects.
// Its checks of types are macros around the calls that are wrapped here.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Setting and asking is variadic, which Swift does not see: one function for each type of the argument.
static inline CURLcode pilotfish_curl_set_text(CURL *easy, CURLoption option, const char *text) {
    return curl_easy_setopt(easy, option, text);
}

static inline CURLcode pilotfish_curl_set_number(CURL *easy, CURLoption option, long number) {
    return curl_easy_setopt(easy, option, number);
}

static inline CURLcode pilotfish_curl_set_large(CURL *easy, CURLoption option, curl_off_t number) {
    return curl_easy_setopt(easy, option, number);
}

static inline CURLcode pilotfish_curl_set_pointer(CURL *easy, CURLoption option, void *pointer) {
    return curl_easy_setopt(easy, option, pointer);
}

static inline CURLcode pilotfish_curl_set_writer(CURL *easy, curl_write_callback writer, void *context) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, writer);
    return result == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_WRITEDATA, context) : result;
}

// Opens the socket for a connection (CURLOPT_OPENSOCKETFUNCTION(3)), and looks at where a request would go, also by a
// connection that is open already (CURLOPT_PREREQFUNCTION(3)).
static inline CURLcode pilotfish_curl_set_gatekeeper(
    CURL *easy, curl_opensocket_callback opener, curl_prereq_callback looker, void *context) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, opener);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
    if (result == CURLE_OK) result = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, looker);
    return result == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PREREQDATA, context) : result;
}

static inline long pilotfish_curl_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

// Octets of the body as the response's fields say; -1 when they do not.
static inline curl_off_t pilotfish_curl_length(CURL *easy) {
    curl_off_t length = -1;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length;
}

static inline void *pilotfish_curl_context(CURL *easy) {
    void *context = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&context);
    return context;
}

static inline CURLMcode pilotfish_curl_multi_set_number(CURLM *multi, CURLMoption option, long number) {
    return curl_multi_setopt(multi, option, number);
}

// How a transfer that curl_multi_info_read(3) told of ended.
static inline CURLcode pilotfish_curl_result(const CURLMsg *message) {
    return message->data.result;
}
