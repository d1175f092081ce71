#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <stddef.h>

/// What Swift cannot call by itself: libcurl's variadic functions, one of ours for each type of argument, and the union in
/// CURLMsg. Constants, callbacks' types and all other functions are libcurl's own.

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value);
/// libcurl copies a string, and the bytes of COPYPOSTFIELDS; a list or another pointer must live as long as the transfer.
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value);
/// WRITEFUNCTION, HEADERFUNCTION, READFUNCTION.
CURLcode ccurl_set_stream(CURL *easy, CURLoption option, size_t (*callback)(char *, size_t, size_t, void *));
CURLcode ccurl_set_seek(CURL *easy, int (*callback)(void *, curl_off_t, int));

/// Opens the socket of each attempt to connect, or refuses.
CURLcode ccurl_set_open_socket(CURL *easy, curl_opensocket_callback callback);
/// Called right before a request goes over its connection, which may have been kept from an earlier one.
CURLcode ccurl_set_prereq(CURL *easy, curl_prereq_callback callback);

/// Copies the address in network order and returns its length, 4 or 16; 0 for an address of another kind.
int ccurl_address_bytes(const struct curl_sockaddr *address, unsigned char bytes[16]);
/// A socket as libcurl itself opens it.
curl_socket_t ccurl_open_socket(const struct curl_sockaddr *address);

CURLcode ccurl_get_long(CURL *easy, CURLINFO information, long *value);
CURLcode ccurl_get_offset(CURL *easy, CURLINFO information, curl_off_t *value);
CURLcode ccurl_get_pointer(CURL *easy, CURLINFO information, void **value);

CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);

/// The result of a message of kind CURLMSG_DONE.
CURLcode ccurl_message_result(const CURLMsg *message);

#endif
