/** A certificate for hooks.example.com that nobody trusts until told to, good until 2126; made for these tests alone. */
export const receiverCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIUUohhA/xXawjhZPyeYlqZrSjLxn8wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRaG9va3MuZXhhbXBsZS5jb20wIBcNMjYxMTI1MjAxNDI1WhgP
MjEyNjExMDEyMDE0MjVaMBwxGjAYBgNVBAMMEWhvb2tzLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDD6ZmAQTf/17ZMTO/peXdgPxeCybO4xI
cczezcAWTG8vxQ+ldOKinlk4mhcuOsS+2bU4E9vqmSmEicEtr0pbrKNxMG8wHQYD
VR0OBBYEFOdo5HkPqVh1xpeBEjBya6rFUByGMB8GA1UdIwQYMBaAFOdo5HkPqVh1
xpeBEjBya6rFUByGMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRaG9va3Mu
ZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIgeYnH4qXskVFAymk7RCvGUXro
t3kB2XpKWpen6HssltkCIQCEkwQ4kYIlCVUKq5zq5Fz4uJlaA8m3Vv5cxHcugrCq
bA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzr3qxbH7bvUSds8o
MZJ4Eb5BAIv+yqAVZhEsFuP4OnihRANCAAQMPpmYBBN//XtkxM7+l5d2A/F4LJs7
jEhxzN7NwBZMby/FD6V04qKeWTiaFy46xL7ZtTgT2+qZKYSJwS2vSlus
-----END PRIVATE KEY-----
`,
};
