# Builds the console and the bundle; nothing of their tools is in the image.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# A build needs no install script.
RUN npm ci --ignore-scripts && npm cache clean --force
COPY tsconfig.json ./
COPY console ./console
COPY src ./src
RUN node console/build.ts && test -f console/dist/index.html
RUN node src/start/build-bundle.ts && test -f dist/source.sha256

# The server alone: production dependencies, the source and what was made of it, and a user who owns nothing.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing in production needs an install script.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY LICENSE README.md tsconfig.json ./
COPY config ./config
COPY migrations ./migrations
COPY src ./src
COPY --from=build /app/dist ./dist
COPY --from=build /app/console/dist ./console/dist
RUN install -d -o node -g node -m 0700 /data
ENV HOST=0.0.0.0 LATCHKEY_DATA_DIR=/data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["serve"]
