#include "trust.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct trust_store {
  X509_STORE *trusted;
};

static void say_why(const char *what, char *why, size_t room) {
  unsigned long error = ERR_peek_last_error();
  const char *reason = error ? ERR_reason_error_string(error) : NULL;
  snprintf(why, room, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
  ERR_clear_error();
}

trust_store *trust_store_new(const char *file, char *why, size_t room) {
  ERR_clear_error();
  trust_store *store = calloc(1, sizeof *store);
  X509_STORE *trusted = X509_STORE_new();
  if (!store || !trusted) {
    snprintf(why, room, "out of memory");
  } else if (file && X509_STORE_load_file(trusted, file) != 1) {
    say_why("it has no certificate in PEM", why, room);
  } else if (!file && X509_STORE_set_default_paths(trusted) != 1) {
    say_why("the system's certificates cannot be read", why, room);
  } else {
    ERR_clear_error();
    store->trusted = trusted;
    return store;
  }
  X509_STORE_free(trusted);
  free(store);
  return NULL;
}

void trust_store_free(trust_store *store) {
  if (!store) return;
  X509_STORE_free(store->trusted);
  free(store);
}

static int64_t seconds(const ASN1_TIME *time) {
  struct tm parts;
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return timegm(&parts);
}

static void add_name(trust_verdict *verdict, const char *name, size_t length) {
  size_t have = strlen(verdict->names);
  size_t more = length + (have ? 2 : 0);
  // A name with a zero byte or a line end in it is nobody's.
  for (size_t i = 0; i < length; i++) {
    if ((unsigned char)name[i] < 0x20 || (unsigned char)name[i] > 0x7e) return;
  }
  if (have + more + 1 > sizeof verdict->names) return;
  if (have) memcpy(verdict->names + have, ", ", 2);
  memcpy(verdict->names + have + (have ? 2 : 0), name, length);
  verdict->names[have + more] = 0;
}

static void add_address(trust_verdict *verdict, const unsigned char *bytes, int length) {
  char text[48];
  if (length == 4) {
    snprintf(text, sizeof text, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
  } else if (length == 16) {
    int at = 0;
    for (int i = 0; i < 16; i += 2) {
      at += snprintf(text + at, sizeof text - at, "%s%x", i ? ":" : "", bytes[i] << 8 | bytes[i + 1]);
    }
  } else {
    return;
  }
  add_name(verdict, text, strlen(text));
}

static void describe(X509 *own, trust_verdict *verdict) {
  verdict->begins = seconds(X509_get0_notBefore(own));
  verdict->ends = seconds(X509_get0_notAfter(own));
  verdict->chain_ends = verdict->ends;
  GENERAL_NAMES *names = X509_get_ext_d2i(own, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      add_name(verdict, (const char *)ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      add_address(verdict, ASN1_STRING_get0_data(name->d.iPAddress), ASN1_STRING_length(name->d.iPAddress));
    }
  }
  if (!names) {
    char common[256];
    int length = X509_NAME_get_text_by_NID(X509_get_subject_name(own), NID_commonName, common, sizeof common);
    if (length > 0) add_name(verdict, common, length);
  }
  GENERAL_NAMES_free(names);
  ERR_clear_error();
}

static X509 *read_one(const uint8_t *bytes, size_t length) { return d2i_X509(NULL, &bytes, (long)length); }

void trust_describe(const uint8_t *certificate, size_t length, trust_verdict *verdict) {
  memset(verdict, 0, sizeof *verdict);
  X509 *own = read_one(certificate, length);
  if (own) describe(own, verdict);
  else verdict->code = -1;
  X509_free(own);
  ERR_clear_error();
}

static void judge(trust_store *store, X509_STORE_CTX *context, X509 *own, STACK_OF(X509) *others, const char *host,
                  const uint8_t *address, size_t address_length, int64_t at, trust_verdict *verdict) {
  if (X509_STORE_CTX_init(context, store->trusted, own, others) != 1) {
    verdict->code = -2;
    return;
  }
  X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_time(wanted, (time_t)at);
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (host) X509_VERIFY_PARAM_set1_host(wanted, host, strlen(host));
  if (address) X509_VERIFY_PARAM_set1_ip(wanted, address, address_length);
  if (X509_verify_cert(context) == 1) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    for (int i = 0; i < sk_X509_num(chain); i++) {
      int64_t ends = seconds(X509_get0_notAfter(sk_X509_value(chain, i)));
      if (ends < verdict->chain_ends) verdict->chain_ends = ends;
    }
    return;
  }
  verdict->code = X509_STORE_CTX_get_error(context);
  if (!verdict->code) verdict->code = X509_V_ERR_UNSPECIFIED;
  snprintf(verdict->text, sizeof verdict->text, "%s", X509_verify_cert_error_string(verdict->code));
  X509 *fault = X509_STORE_CTX_get_current_cert(context);
  if (fault) {
    verdict->begins = seconds(X509_get0_notBefore(fault));
    verdict->ends = seconds(X509_get0_notAfter(fault));
  }
}

void trust_verify(trust_store *store, const uint8_t *const *certificates, const size_t *lengths, size_t count,
                  const char *host, const uint8_t *address, size_t address_length, int64_t at,
                  trust_verdict *verdict) {
  memset(verdict, 0, sizeof *verdict);
  ERR_clear_error();
  X509 *own = count ? read_one(certificates[0], lengths[0]) : NULL;
  STACK_OF(X509) *others = sk_X509_new_null();
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  if (!own) verdict->code = -1;
  if (!others || !context) verdict->code = -2;
  for (size_t i = 1; i < count && !verdict->code; i++) {
    X509 *other = read_one(certificates[i], lengths[i]);
    if (!other) {
      verdict->code = -1;
    } else if (!sk_X509_push(others, other)) {
      X509_free(other);
      verdict->code = -2;
    }
  }
  if (!verdict->code) {
    describe(own, verdict);
    judge(store, context, own, others, host, address, address_length, at, verdict);
  }
  X509_STORE_CTX_free(context);
  sk_X509_pop_free(others, X509_free);
  X509_free(own);
  ERR_clear_error();
}

void trust_digest(const uint8_t *const *pieces, const size_t *lengths, size_t count, uint8_t digest[32]) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  memset(digest, 0, 32);
  if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1) {
    for (size_t i = 0; i < count; i++) {
      uint64_t length = lengths[i];
      EVP_DigestUpdate(context, &length, sizeof length);
      EVP_DigestUpdate(context, pieces[i], lengths[i]);
    }
    EVP_DigestFinal_ex(context, digest, NULL);
  }
  EVP_MD_CTX_free(context);
}

enum trust_reason trust_reason_of(int code) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return trust_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return trust_not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return trust_other_name;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return trust_unknown_issuer;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return trust_self_signed;
    default: return trust_other_reason;
  }
}
