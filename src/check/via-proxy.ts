import type { CheckContext } from './context.js';
import { upstreamOf } from './endpoint-via.js';
import { FaultProxy } from './fault-proxy.js';

/** Runs `use` with a proxy before the server; its connections are cut when `use` is done. */
export async function withProxy<T>(context: CheckContext, use: (proxy: FaultProxy) => Promise<T>): Promise<T> {
  const proxy = await FaultProxy.open(upstreamOf(context.endpoint));
  try {
    return await use(proxy);
  } finally {
    await proxy.close();
  }
}
