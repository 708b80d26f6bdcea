// Whether a chain of certificates may be trusted, by OpenSSL's libcrypto: the handshake itself is not done here.
#ifndef QUORATE_TRUST_H
#define QUORATE_TRUST_H

#include <stddef.h>
#include <stdint.h>

// Certificates that are trusted. Not to be used by two threads at once.
typedef struct trust_store trust_store;

// What came of a chain, and what the peer's own certificate says.
typedef struct {
  // 0: trusted. Otherwise an X509_V_ERR_… of OpenSSL, or -1: not a certificate, -2: no memory.
  int code;
  // Seconds since 1970: when the certificate ends that ends first of those that were needed, the peer's own where none
  // was found to be trusted; when the certificate at fault begins and ends.
  int64_t chain_ends;
  int64_t begins;
  int64_t ends;
  // The names of the peer's certificate, separated by ", ", cut at a whole name.
  char names[512];
  // OpenSSL's own words for `code`.
  char text[160];
} trust_verdict;

// Those in a PEM file; NULL: the system's. Returns NULL with the reason in `why`.
trust_store *trust_store_new(const char *file, char *why, size_t room);
void trust_store_free(trust_store *store);

// `certificates`: DER, the peer's own first. `host`: the name it must be for, or NULL; `address`: the IP address in network
// order, 4 or 16 bytes, or NULL. `at`: seconds since 1970.
void trust_verify(trust_store *store, const uint8_t *const *certificates, const size_t *lengths, size_t count,
                  const char *host, const uint8_t *address, size_t address_length, int64_t at,
                  trust_verdict *verdict);

// What is known of the peer's own certificate without trusting anything: names, begin and end.
void trust_describe(const uint8_t *certificate, size_t length, trust_verdict *verdict);

// SHA-256 of several pieces, each with its length before it.
void trust_digest(const uint8_t *const *pieces, const size_t *lengths, size_t count, uint8_t digest[32]);

// The numbers of OpenSSL's reasons that are told in words of our own.
enum trust_reason {
  trust_expired,
  trust_not_yet_valid,
  trust_other_name,
  trust_unknown_issuer,
  trust_self_signed,
  trust_other_reason,
};
enum trust_reason trust_reason_of(int code);

#endif
