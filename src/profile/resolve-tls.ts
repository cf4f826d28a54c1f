import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { TlsOptions } from './profile.js';
import type { Resolution } from './resolution.js';
import type { TargetInput } from './schema.js';

type TlsInput = NonNullable<TargetInput['tls']>;
type PemKey = 'ca' | 'cert' | 'key';

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * The TLS options, with every file read and checked. Problems that OpenSSL would ignore, or report only at the first
 * connection, are reported here with their place. `passphrase` opens an encrypted key.
 */
export function resolveTls(input: TargetInput['tls'], resolution: Resolution): TlsOptions {
  const isPair = checkPairs(input ?? {}, resolution);
  const ca = pemText(input?.ca, 'ca', resolution);
  const cert = pemText(input?.cert, 'cert', resolution);
  const written = pemText(input?.key, 'key', resolution);
  if (ca !== null) certificatesIn(ca, 'ca', resolution);
  const [own] = cert === null || !isPair ? [] : certificatesIn(cert, 'cert', resolution);
  const key = written === null || !isPair ? null : openKey(written, input?.passphrase, resolution);
  if (own !== undefined && key !== null && !own.checkPrivateKey(key)) {
    refuse(
      resolution,
      'key',
      'does not belong to the certificate of target.tls.cert',
      'give the two that were made together',
    );
  }
  return {
    ...{ ca, cert },
    key:
      key === null || input?.passphrase === undefined
        ? written
        : key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    insecure: input?.insecure ?? false,
    servername: input?.servername ?? null,
  };
}

function refuse({ problems }: Resolution, key: keyof TlsInput, message: string, hint: string): void {
  problems.rule({ path: ['target', 'tls', key], at: 'key', message, hint });
}

/** False, after reporting it, if only one of certificate and key is given. */
function checkPairs(input: TlsInput, { problems }: Resolution): boolean {
  const lacking = (has: keyof TlsInput, lacks: PemKey, hint: string) => {
    if (input[has] === undefined || input[lacks] !== undefined) return;
    problems.rule({ path: ['target', 'tls', has], at: 'key', message: `needs ${lacks}`, hint }, [
      ['target', 'tls', lacks],
    ]);
  };
  lacking('cert', 'key', 'a client certificate is both');
  lacking('key', 'cert', 'a client certificate is both');
  lacking('passphrase', 'key', 'it opens an encrypted private key');
  return (input.cert === undefined) === (input.key === undefined);
}

/** The text of a PEM file, or the PEM text itself. Null if the key is absent, or after reporting that it is not PEM. */
function pemText(written: string | undefined, key: PemKey, resolution: Resolution): string | null {
  if (written === undefined) return null;
  const text = written.startsWith('-----BEGIN') ? written : resolution.readFile(written, ['target', 'tls', key]);
  if (text === null) return null;
  if (text.includes('-----BEGIN')) return text;
  const der =
    'a PEM file has a line -----BEGIN ...-----; of DER or PKCS #12 make one with openssl x509, or openssl pkcs12';
  refuse(resolution, key, 'is not a PEM file', der);
  return null;
}

/** The certificates of a PEM text. Reports the invalid ones. */
function certificatesIn(pem: string, key: 'ca' | 'cert', resolution: Resolution): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    const isKey = PRIVATE_KEY.test(pem);
    const message = isKey ? 'holds a private key, and no certificate' : 'holds no whole certificate';
    const hint =
      isKey && key === 'cert'
        ? 'the key goes into target.tls.key'
        : 'it needs -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----';
    refuse(resolution, key, message, hint);
  }
  return blocks.flatMap((block, index) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      const which = blocks.length === 1 ? 'a certificate' : `certificate ${index + 1} of ${blocks.length}`;
      refuse(
        resolution,
        key,
        `holds ${which} that cannot be read`,
        'look at it with openssl x509 -noout -text -in FILE',
      );
      return [];
    }
  });
}

/** Null after reporting why the key cannot be opened. */
function openKey(pem: string, passphrase: string | undefined, resolution: Resolution): KeyObject | null {
  const wrong = (message: string, hint: string) => {
    refuse(resolution, 'key', message, hint);
    return null;
  };
  if (!PRIVATE_KEY.test(pem)) return wrong('holds no private key', 'it needs a line -----BEGIN PRIVATE KEY-----');
  const isEncrypted = ENCRYPTED.test(pem);
  if (isEncrypted && passphrase === undefined)
    return wrong('is encrypted', `give its passphrase: target.tls.passphrase: \${secret:NAME}`);
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    return isEncrypted
      ? wrong('cannot be opened with the passphrase of target.tls.passphrase', 'check the passphrase')
      : wrong('holds a private key that cannot be read', 'look at it with openssl pkey -noout -text -in FILE');
  }
}
