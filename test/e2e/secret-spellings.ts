import assert from 'node:assert/strict';

/** No text holds any of the secrets, in any way to write it. Both by name. */
export function assertHidden(texts: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>>): void {
  for (const [output, text] of Object.entries(texts)) {
    for (const [place, secret] of Object.entries(secrets)) {
      for (const spelling of spellingsOf(secret)) {
        assert.ok(!text.includes(spelling), `${output} holds the secret of ${place} as ${spelling}`);
      }
    }
  }
}

function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const [base64, tail] = [Buffer.from(secret).toString('base64').replace(/=+$/, ''), secret.slice(-8)];
  return [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), base64, tail];
}
