import { CERTIFICATE, KEY } from '../server/certificate.js';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Self-signed for localhost and 127.0.0.1; nobody trusts it unless told to. */
export const OWN: Certificate = { cert: CERTIFICATE, key: KEY };

/** Self-signed for `elsewhere.example`, valid for a hundred years. It protects nothing: tests only. */
export const FOREIGN: Certificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIUEMVXBGjoH8mtudSZJKSMnqfu00kwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRZWxzZXdoZXJlLmV4YW1wbGUwIBcNMjYxMTI0MDIyMDExWhgP
MjEyNjEwMzEwMjIwMTFaMBwxGjAYBgNVBAMMEWVsc2V3aGVyZS5leGFtcGxlMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0kedcoklV/tPBkxtPZKeFxYc/y3joKrb
2T6F7mxg4jjms8sNMxivoy9Wdt1MUt6ltj4VYFOyozKtC/em1UgHv6NxMG8wHQYD
VR0OBBYEFPHUFn3hGfZ4tsuI7EguDxC6R5vjMB8GA1UdIwQYMBaAFPHUFn3hGfZ4
tsuI7EguDxC6R5vjMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRZWxzZXdo
ZXJlLmV4YW1wbGUwCgYIKoZIzj0EAwIDSAAwRQIgRb1wfvTUHuGCQZCY2IOX826l
dIskvn0v/gcJYjPqgb4CIQD/QdXYwv04n7e7hyms2WaGDHfUrC3B/upAi44UXt1j
DA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgagomik9iyI3QWz9D
X7oQzOePE34l7GOoZ4zDnTl2pLKhRANCAATSR51yiSVX+08GTG09kp4XFhz/LeOg
qtvZPoXubGDiOOazyw0zGK+jL1Z23UxS3qW2PhVgU7KjMq0L96bVSAe/
-----END PRIVATE KEY-----
`,
};
