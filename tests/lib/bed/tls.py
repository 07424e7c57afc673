# SPDX-License-Identifier: Apache-2.0
"""A private CA with a server's and a client's certificate for 127.0.0.1, made by openssl."""

import os
import subprocess


def openssl(*args):
    subprocess.run(["openssl"] + list(args), check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Pki:
    """Files in folder; docker's names (ca.pem, cert.pem, key.pem) in folder/client."""

    def __init__(self, folder, name="bed"):
        self.folder = folder
        self.client = os.path.join(folder, "client")
        os.makedirs(self.client, exist_ok=True)
        self.ca = os.path.join(self.client, "ca.pem")
        self.ca_key = os.path.join(folder, "ca-key.pem")
        self.server_cert = os.path.join(folder, "server.pem")
        self.server_key = os.path.join(folder, "server-key.pem")
        self.cert = os.path.join(self.client, "cert.pem")
        self.key = os.path.join(self.client, "key.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "30", "-subj", "/CN=%s CA" % name, "-keyout", self.ca_key, "-out", self.ca)
        self.sign(self.server_cert, self.server_key, "server",
                  "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
        self.sign(self.cert, self.key, "client", "extendedKeyUsage=clientAuth\n")

    def sign(self, cert, key, name, extensions):
        request = os.path.join(self.folder, name + ".csr")
        config = os.path.join(self.folder, name + ".ext")
        with open(config, "w", encoding="ascii") as out:
            out.write(extensions)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=" + name, "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key,
                "-CAcreateserial", "-days", "30", "-extfile", config, "-out", cert)
