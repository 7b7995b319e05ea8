#!/bin/sh
# Made the certificates in this folder: throw-away ones for scripted-server.ts, valid from 2000 to 2126. They guard nothing.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
: >"$work/index"
printf '%s\n' '[ca]' 'default_ca = one' '[one]' "database = $work/index" "new_certs_dir = $work" 'rand_serial = yes' \
  'default_md = sha256' 'policy = any' 'unique_subject = no' '[any]' 'commonName = supplied' >"$work/ca.conf"

sign() { # NAME COMMON-NAME EXTENSION END-YEAR [OPTION]
  openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"
  printf '%s\n' "$3" >"$work/extensions"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$work/request"
  openssl ca -batch -notext -config "$work/ca.conf" -startdate 20000101000000Z -enddate "${4}0101000000Z" \
    -extfile "$work/extensions" -in "$work/request" -out "$1.crt" -keyfile ca.key ${5:--cert ca.crt}
}

sign ca "klog test CA" "basicConstraints=critical,CA:true" 2126 -selfsign
sign server kube-apiserver "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1" 2126
sign elsewhere elsewhere "subjectAltName=DNS:elsewhere.example" 2126
sign expired expired "subjectAltName=DNS:localhost,IP:127.0.0.1" 2001
sign client-1 ada "extendedKeyUsage=clientAuth" 2126
sign client-2 grace "extendedKeyUsage=clientAuth" 2126
chmod 644 *.key
rm -r ca.key "$work"
