# syntax=docker/dockerfile:1.10
# vigilstream on CPU: `docker build -t vigilstream .`
FROM node:24.11-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev --no-audit --no-fund
COPY bin ./bin
COPY schemas ./schemas
COPY services ./services
COPY dashboards ./dashboards
COPY models ./models

# The runtime comes with the dependencies (the package `node`), so the image needs none of its own.
FROM debian:bookworm-20251103-slim
ENV NODE_ENV=production \
    PATH=/app/node_modules/node/bin:$PATH \
    UV_THREADPOOL_SIZE=16 \
    VIGILSTREAM_DATA_DIR=/var/lib/vigilstream \
    VIGILSTREAM_PRIVACY_KEY_FILE=/var/lib/vigilstream-key/author.key
RUN groupadd --system --gid 10001 vigilstream \
 && useradd --system --uid 10001 --gid vigilstream --home-dir /var/lib/vigilstream vigilstream \
 && install -d -o vigilstream -g vigilstream -m 0700 /var/lib/vigilstream /var/lib/vigilstream-key \
 && ln -s /app/bin/vigilstream.js /usr/local/bin/vigilstream
WORKDIR /app
COPY --from=build /app /app
USER 10001:10001
RUN vigilstream --version
VOLUME ["/var/lib/vigilstream", "/var/lib/vigilstream-key"]
EXPOSE 8080 8123 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=6 \
  CMD ["/app/node_modules/node/bin/node", "/app/bin/health.js"]
ENTRYPOINT ["/app/node_modules/node/bin/node", "--disable-warning=ExperimentalWarning", "/app/services/main.ts"]
CMD ["start"]
