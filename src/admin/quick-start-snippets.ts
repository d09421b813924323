/**
 * How a client fetches an access token, and how an API validates it, in five languages: with the client's own
 * values filled in, and its secret in an environment variable. Text alone: whoever copies it runs it.
 */
import type { TokenType } from '../model/records.ts';
import type { SigningAlgorithm } from '../model/signing-algorithm.ts';

export const quickStartLanguages = ['curl', 'node', 'python', 'go', 'java'] as const;
export type QuickStartLanguage = (typeof quickStartLanguages)[number];

export interface QuickStartValues {
  issuer: string;
  clientId: string;
  /** Identifier of the API: visible ASCII, and so quotes and backslashes among it. */
  api: string;
  /** With single spaces between them. */
  scope: string;
  signingAlgorithm: SigningAlgorithm;
  tokenType: TokenType;
}

export interface QuickStartSnippet {
  language: QuickStartLanguage;
  title: string;
  fetch: string;
  validate: string;
  /** What `validate` needs; null: nothing. */
  install: string | null;
}

export const secretVariable = 'LATCHKEY_CLIENT_SECRET';

export function writeSnippets(values: QuickStartValues): QuickStartSnippet[] {
  return [curl, node, python, go, java].map((write) => write(values));
}

/** In single quotes nothing means anything to a shell but the quote that ends them. */
function quoteShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * A string literal of JavaScript, Python, Go and Java alike, of visible ASCII and spaces. A doubled backslash
 * begins none of the escapes that Java reads before anything else.
 */
export function quoteLiteral(text: string): string {
  if (!/^[\x20-\x7E]*$/.test(text)) throw new Error('only visible ASCII can be quoted for all');
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function curl({ issuer, clientId, api, scope }: QuickStartValues): QuickStartSnippet {
  const user = `--user ${quoteShell(clientId)}:"$${secretVariable}"`;
  return {
    language: 'curl',
    title: 'curl',
    fetch: String.raw`# Answers JSON: access_token is what the API is sent, and ACCESS_TOKEN when it is validated
curl --fail-with-body --silent --show-error \
  ${user} \
  --data grant_type=client_credentials \
  --data-urlencode ${quoteShell(`resource=${api}`)} \
  --data-urlencode ${quoteShell(`scope=${scope}`)} \
  ${quoteShell(`${issuer}/oauth2/token`)}
`,
    validate: String.raw`# Asks the server, as the client the token was issued to or one that the API lists
curl --fail-with-body --silent --show-error \
  ${user} \
  --data-urlencode "token=$ACCESS_TOKEN" \
  ${quoteShell(`${issuer}/oauth2/introspect`)}
`,
    install: null,
  };
}

function node(values: QuickStartValues): QuickStartSnippet {
  const { issuer, clientId, api, scope, signingAlgorithm, tokenType } = values;
  return {
    language: 'node',
    title: 'Node.js',
    fetch: `const credential = ${quoteLiteral(clientId)} + ":" + process.env.${secretVariable};
const response = await fetch(${quoteLiteral(`${issuer}/oauth2/token`)}, {
  method: "POST",
  headers: { authorization: "Basic " + Buffer.from(credential).toString("base64") },
  body: new URLSearchParams({
    grant_type: "client_credentials",
    resource: ${quoteLiteral(api)},
    scope: ${quoteLiteral(scope)},
  }),
});
if (!response.ok) throw new Error("no access token: " + (await response.text()));
// Keep it until shortly before expires_in seconds have passed: a token is for many requests.
const { access_token, expires_in } = await response.json();
console.log(access_token);
`,
    validate: `import { createRemoteJWKSet, jwtVerify } from "jose";

const keys = createRemoteJWKSet(new URL(${quoteLiteral(`${issuer}/.well-known/jwks.json`)}));

export async function verifyAccessToken(token) {
  const { payload } = await jwtVerify(token, keys, {
    issuer: ${quoteLiteral(issuer)},
    audience: ${quoteLiteral(api)},
    algorithms: [${quoteLiteral(signingAlgorithm)}],
    typ: ${quoteLiteral(tokenType)},
  });
  const held = payload.scope.split(" ");
  for (const scope of ${quoteLiteral(scope)}.split(" ")) {
    if (!held.includes(scope)) throw new Error("insufficient_scope: " + scope);
  }
  return payload;
}
`,
    install: 'npm install jose',
  };
}

function python(values: QuickStartValues): QuickStartSnippet {
  const { issuer, clientId, api, scope, signingAlgorithm, tokenType } = values;
  return {
    language: 'python',
    title: 'Python',
    fetch: `import base64
import json
import os
import urllib.parse
import urllib.request

credential = ${quoteLiteral(clientId)} + ":" + os.environ["${secretVariable}"]
request = urllib.request.Request(
    ${quoteLiteral(`${issuer}/oauth2/token`)},
    data=urllib.parse.urlencode(
        {
            "grant_type": "client_credentials",
            "resource": ${quoteLiteral(api)},
            "scope": ${quoteLiteral(scope)},
        }
    ).encode(),
    headers={"Authorization": "Basic " + base64.b64encode(credential.encode()).decode()},
)
with urllib.request.urlopen(request, timeout=10) as response:
    # Keep it until shortly before expires_in seconds have passed: a token is for many requests.
    token = json.load(response)
print(token["access_token"])
`,
    validate: `import jwt

keys = jwt.PyJWKClient(${quoteLiteral(`${issuer}/.well-known/jwks.json`)})


def verify_access_token(token):
    if jwt.get_unverified_header(token).get("typ") != ${quoteLiteral(tokenType)}:
        raise jwt.InvalidTokenError("not an access token")
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=[${quoteLiteral(signingAlgorithm)}],
        issuer=${quoteLiteral(issuer)},
        audience=${quoteLiteral(api)},
    )
    missing = set(${quoteLiteral(scope)}.split()) - set(claims["scope"].split())
    if missing:
        raise jwt.InvalidTokenError("insufficient_scope")
    return claims
`,
    install: 'pip install "pyjwt[crypto]"',
  };
}

function go(values: QuickStartValues): QuickStartSnippet {
  const { issuer, clientId, api, scope, signingAlgorithm, tokenType } = values;
  return {
    language: 'go',
    title: 'Go',
    fetch: `// go run main.go: the first time Go compiles its HTTP library as well, which takes a minute or more.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
)

func main() {
	form := url.Values{
		"grant_type": {"client_credentials"},
		"resource":   {${quoteLiteral(api)}},
		"scope":      {${quoteLiteral(scope)}},
	}
	request, err := http.NewRequest("POST", ${quoteLiteral(`${issuer}/oauth2/token`)}, strings.NewReader(form.Encode()))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(${quoteLiteral(clientId)}, os.Getenv("${secretVariable}"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		log.Fatal("no access token: ", response.Status)
	}
	// Keep it until shortly before ExpiresIn seconds have passed: a token is for many requests.
	var token struct {
		AccessToken string \`json:"access_token"\`
		ExpiresIn   int    \`json:"expires_in"\`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.AccessToken)
}
`,
    validate: `package api

import (
	"errors"
	"slices"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// Keys is made once, and fetches the JWKS again when it has to.
var Keys, keysError = keyfunc.NewDefault([]string{${quoteLiteral(`${issuer}/.well-known/jwks.json`)}})

type Claims struct {
	Scope string \`json:"scope"\`
	jwt.RegisteredClaims
}

func VerifyAccessToken(token string) (*Claims, error) {
	if keysError != nil {
		return nil, keysError
	}
	claims := &Claims{}
	parsed, err := jwt.ParseWithClaims(token, claims, Keys.Keyfunc,
		jwt.WithIssuer(${quoteLiteral(issuer)}),
		jwt.WithAudience(${quoteLiteral(api)}),
		jwt.WithValidMethods([]string{${quoteLiteral(signingAlgorithm)}}),
		jwt.WithExpirationRequired())
	if err != nil {
		return nil, err
	}
	if parsed.Header["typ"] != ${quoteLiteral(tokenType)} {
		return nil, errors.New("not an access token")
	}
	held := strings.Fields(claims.Scope)
	for _, scope := range strings.Fields(${quoteLiteral(scope)}) {
		if !slices.Contains(held, scope) {
			return nil, errors.New("insufficient_scope: " + scope)
		}
	}
	return claims, nil
}
`,
    install: 'go get github.com/golang-jwt/jwt/v5 github.com/MicahParks/keyfunc/v3',
  };
}

function java(values: QuickStartValues): QuickStartSnippet {
  const { issuer, clientId, api, scope, signingAlgorithm, tokenType } = values;
  return {
    language: 'java',
    title: 'Java',
    fetch: `// java FetchToken.java
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

public class FetchToken {
  public static void main(String[] arguments) throws Exception {
    String credential = ${quoteLiteral(clientId)} + ":" + System.getenv("${secretVariable}");
    String form = "grant_type=client_credentials"
        + "&resource=" + URLEncoder.encode(${quoteLiteral(api)}, StandardCharsets.UTF_8)
        + "&scope=" + URLEncoder.encode(${quoteLiteral(scope)}, StandardCharsets.UTF_8);
    HttpRequest request = HttpRequest.newBuilder(URI.create(${quoteLiteral(`${issuer}/oauth2/token`)}))
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credential.getBytes(StandardCharsets.UTF_8)))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form))
        .build();
    HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IllegalStateException("no access token: " + response.body());
    // JSON with access_token and expires_in: keep the token until shortly before these seconds have passed.
    System.out.println(response.body());
  }
}
`,
    validate: `import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.URI;
import java.util.List;
import java.util.Set;

public class AccessTokens {
  private static final DefaultJWTProcessor<SecurityContext> PROCESSOR = new DefaultJWTProcessor<>();

  static {
    try {
      var keys = JWKSourceBuilder.<SecurityContext>create(URI.create(${quoteLiteral(`${issuer}/.well-known/jwks.json`)}).toURL()).build();
      PROCESSOR.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.parse(${quoteLiteral(signingAlgorithm)}), keys));
    } catch (java.net.MalformedURLException fault) {
      throw new ExceptionInInitializerError(fault);
    }
    PROCESSOR.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType(${quoteLiteral(tokenType)})));
    PROCESSOR.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
        ${quoteLiteral(api)},
        new JWTClaimsSet.Builder().issuer(${quoteLiteral(issuer)}).build(),
        Set.of("sub", "exp", "scope")));
  }

  public static JWTClaimsSet verify(String token) throws Exception {
    JWTClaimsSet claims = PROCESSOR.process(token, null);
    List<String> held = List.of(claims.getStringClaim("scope").split(" "));
    for (String scope : ${quoteLiteral(scope)}.split(" ")) {
      if (!held.contains(scope)) throw new SecurityException("insufficient_scope: " + scope);
    }
    return claims;
  }
}
`,
    install: 'com.nimbusds:nimbus-jose-jwt',
  };
}
