// Passwords for loaders: crypt(3) for PXELINUX, and OpenSSL's PBKDF2 (EVP_PBE, RFC 8018) for GRUB.
#include <crypt.h>
#include <openssl/evp.h>
