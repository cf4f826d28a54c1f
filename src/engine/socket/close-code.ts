/** How this side closes a connection (RFC 6455, section 7.4.1): at its end, or because it goes away before. */
export const CLOSE = { normal: 1000, leaving: 1001 } as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];
