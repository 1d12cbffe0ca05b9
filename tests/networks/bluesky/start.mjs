// Starts the network in one process. Environment:
//   BASE_PORT            every port follows from it (below 32768: no clash with the ports of outgoing connections)
//   DB_POSTGRES_URL, DB_POSTGRES_SCHEMA, REDIS_HOST   for the AppView
//   PDS_ONLY=1           PLC and PDS only: no AppView, no PostgreSQL, no Redis
//   PDS_RATE_LIMITS=1    the PDS's own rate limits
//   READY_FILE           written when everything listens
import fs from 'node:fs'
import { TestNetwork, TestNetworkNoAppView, mockMailer } from '@atproto/dev-env'

const base = Number(process.env.BASE_PORT)
const plc = { port: base + 2 }
const pds = {
  port: base + 3,
  hostname: 'localhost',
  enableDidDocWithSession: true,
  rateLimitsEnabled: process.env.PDS_RATE_LIMITS === '1',
}
const network =
  process.env.PDS_ONLY === '1'
    ? await TestNetworkNoAppView.create({ pds, plc })
    : await TestNetwork.create({
        pds,
        plc,
        bsky: { dbPostgresSchema: 'bsky', port: base + 4, publicUrl: `http://localhost:${base + 4}` },
        ozone: {
          port: base + 7,
          chatUrl: 'http://localhost:9',
          chatDid: 'did:example:chat',
          dbMaterializedViewRefreshIntervalMs: 30000,
        },
        introspect: { port: base + 1 },
      })
mockMailer(network.pds)
fs.writeFileSync(process.env.READY_FILE, 'ready')
process.on('SIGTERM', async () => {
  await network.close().catch(() => {})
  process.exit(0)
})
