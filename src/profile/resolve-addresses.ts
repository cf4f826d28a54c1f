import type { ProblemList } from './problem-list.js';

/** More local addresses than any test needs ports for. */
const MOST_ADDRESSES = 1024;

/** Expands `127.0.0.2`, `127.0.0.2-127.0.0.9` and IPv6 addresses to single addresses, in the order written. */
export function resolveLocalAddresses(written: readonly string[], problems: ProblemList): string[] {
  const addresses: string[] = [];
  written.forEach((text, index) => {
    const path = ['localAddresses', index];
    const range = addressesIn(text);
    if (typeof range === 'string') {
      problems.rule({ path, message: range, hint: 'write it like 127.0.0.2 or 127.0.0.2-127.0.0.9' });
      return;
    }
    const again = range.find((address) => addresses.includes(address));
    if (again !== undefined) problems.rule({ path, message: `has ${again}, which is in the list already` });
    else if (addresses.length + range.length > MOST_ADDRESSES) {
      problems.rule({ path, message: `comes to more than ${MOST_ADDRESSES} addresses` });
    } else addresses.push(...range);
  });
  return addresses;
}

/** The addresses of one entry, or the problem with it. */
function addressesIn(text: string): string[] | string {
  const [first = '', last, ...more] = text.split('-').map((part) => part.trim());
  if (more.length > 0) return 'is no range of addresses';
  const from = ipv4Number(first);
  if (from === null) {
    return last === undefined && first.includes(':') && URL.canParse(`ws://[${first}]/`) ? [first] : 'is no IP address';
  }
  if (last === undefined) return [first];
  const to = ipv4Number(last);
  if (to === null) return 'is no range of addresses';
  if (to < from) return 'ends before it begins';
  if (to - from >= MOST_ADDRESSES) return `holds more than ${MOST_ADDRESSES} addresses`;
  return Array.from({ length: to - from + 1 }, (_, i) => ipv4Text(from + i));
}

function ipv4Number(text: string): number | null {
  if (!/^(\d{1,3})(\.\d{1,3}){3}$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.some((byte) => byte > 255) ? null : bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function ipv4Text(value: number): string {
  return [24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join('.');
}
