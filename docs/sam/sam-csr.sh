#!/bin/bash
# A PKCS#10 request (RFC 2986) for a key in the SAM. Between the two steps the SAM signs what the first one made.
# sam-csr.sh info KEY_PAIR NAME                prints the CertificationRequestInfo, DER; the subject is CN=NAME
# sam-csr.sh request KEY_PAIR INFO SIGNATURE   prints the request, DER
#   KEY_PAIR   JSON with the member public_key
#   SIGNATURE  over INFO with SHA-256; RSA PKCS#1 or ECDSA
set -euo pipefail
usage() { sed -n '2,6s/^# //p' "$0" >&2; exit 1; }
[ $# -ge 3 ] || usage

hex() { od -An -v -tx1 | tr -d ' \n'; }
bytes() { printf '%b' "$(printf '%s' "$1" | sed 's/../\\x&/g')"; }        # of hex digits
der() {     # TAG HEX: one element of DER, in hex
    size=$((${#2} / 2))
    if ((size < 128)); then length=$(printf '%02x' "$size")
    elif ((size < 256)); then length=$(printf '81%02x' "$size")
    else length=$(printf '82%04x' "$size"); fi
    printf '%s%s%s' "$1" "$length" "$2"
}

public_key=$(jq -r .public_key "$2" | openssl pkey -pubin -outform DER | hex)
case $1 in
    info)
        name=$(der 0c "$(printf '%s' "$3" | hex)")                              # UTF8String
        subject=$(der 30 "$(der 31 "$(der 30 "0603550403$name")")")             # id-at-commonName
        bytes "$(der 30 "020100$subject${public_key}a000")"
        ;;
    request)
        case $public_key in
            *06092a864886f70d010101*) algorithm=300d06092a864886f70d01010b0500 ;;      # sha256WithRSAEncryption
            *) algorithm=300a06082a8648ce3d040302 ;;                                    # ecdsa-with-SHA256
        esac
        bytes "$(der 30 "$(hex < "$3")$algorithm$(der 03 "00$(hex < "$4")")")"
        ;;
    *) usage ;;
esac
