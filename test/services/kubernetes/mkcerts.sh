#!/bin/bash
# One CA, the certificates and the service-account key of a cluster, and a kubeconfig for each that speaks to it.
set -euo pipefail
. "$(dirname "$0")/env.sh"
mkdir -p "$RUN/pki"
cd "$RUN/pki"

key() { [ -e "$1.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

certificate() { # NAME SUBJECT [SUBJECT_ALT_NAMES]
  [ -e "$1.crt" ] && return
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  printf 'keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n%s\n' \
    "${3:+subjectAltName=$3}" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile "$1.ext" \
    -out "$1.crt" 2>/dev/null
}

# One element a line: tests point klog at a proxy by replacing the server line.
kubeconfig() { # NAME
  cat >"$RUN/$1.kubeconfig" <<K
apiVersion: v1
kind: Config
current-context: klog-test-$KLOG_TEST_CLUSTER
clusters:
- name: klog-test-$KLOG_TEST_CLUSTER
  cluster:
    server: https://127.0.0.1:$APISERVER_PORT
    certificate-authority-data: $(base64 -w0 ca.crt)
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w0 "$1.crt")
    client-key-data: $(base64 -w0 "$1.key")
contexts:
- name: klog-test-$KLOG_TEST_CLUSTER
  context:
    cluster: klog-test-$KLOG_TEST_CLUSTER
    user: $1
    namespace: default
K
  chmod 600 "$RUN/$1.kubeconfig"
}

key ca
[ -e ca.crt ] || openssl req -x509 -new -key ca.key -days 3650 -subj /CN=klog-test-ca -out ca.crt
certificate apiserver /CN=kube-apiserver \
  DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:::1,IP:10.0.0.1
certificate apiserver-to-kubelet /O=system:masters/CN=kube-apiserver-to-kubelet
certificate kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" DNS:localhost,IP:127.0.0.1
certificate controller-manager /CN=system:kube-controller-manager
certificate scheduler /CN=system:kube-scheduler
certificate admin /O=system:masters/CN=klog-test-admin
key service-account
[ -e service-account.pub ] || openssl ec -in service-account.key -pubout -out service-account.pub 2>/dev/null
for name in admin kubelet controller-manager scheduler; do kubeconfig "$name"; done
