# wsurge in a container. Build: docker build -t wsurge .
# Run: docker run --rm --init --ulimit nofile=65535:65535 -v "$PWD:/data" wsurge run ws://host:9001/ -c 1000 -R 5000
# --init reaps what wsurge starts and passes Ctrl-C on. Every connection takes a file descriptor: --ulimit grants them.
# docs/guide/container.md says more.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json tsconfig.build.json README.md LICENSE ACCURACY.md ARCHITECTURE.md CHANGELOG.md SECURITY.md ./
COPY bin bin
COPY docs docs
COPY page page
COPY profiles profiles
COPY schemas schemas
COPY scripts scripts
COPY workers workers
COPY src src
RUN npm ci --ignore-scripts --no-audit --no-fund && npm pack --pack-destination /tmp && mkdir /opt/wsurge \
  && tar -xzf /tmp/wsurge-*.tgz -C /opt/wsurge --strip-components=1 && cp package-lock.json /opt/wsurge/

# The packed files, with the dependencies that the lockfile names.
FROM node:24-slim
COPY --from=build /opt/wsurge /opt/wsurge
# With the client of the broker, an optional peer, so that the image can be an agent.
RUN cd /opt/wsurge && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && nats=$(node -p 'require("./package.json").devDependencies["@nats-io/transport-node"]') \
  && npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund "@nats-io/transport-node@$nats" \
  && npm cache clean --force \
  && ln -s /opt/wsurge/bin/wsurge.mjs /usr/local/bin/wsurge && mkdir /data && chown node:node /data
# Not root: a load generator needs no rights.
USER node
WORKDIR /data
ENTRYPOINT ["wsurge"]
CMD ["--help"]
